package wire

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/insomniacslk/dhcp/dhcpv6"
)

// FuzzOption puts one option of any code and data into a Solicit. What the
// library makes of it, we make of it, too; what it refuses is left out or, where
// clients in the field forget a length, is one string.
func FuzzOption(f *testing.F) {
	for _, d := range clientMessages(f) {
		var m Message
		if m.Decode(d) == OK {
			for code, data := range m.Options.All() {
				f.Add(code, data)
			}
		}
	}
	for _, h := range hostileDatagrams() {
		if !strings.HasPrefix(h.name, "bad-optional-option/") {
			continue
		}
		for code, data := range Options(h.datagram[4:]).All() {
			f.Add(code, data)
		}
	}
	f.Add(uint16(39), []byte("\x00\x03web\x07example\x03net\x00"))
	f.Add(uint16(24), []byte("\x07example\x03net\x00\x03lab\x07example\x03net\x00"))
	var m Message
	f.Fuzz(func(t *testing.T, code uint16, data []byte) {
		if len(data) > maxFuzzed || code == uint16(dhcpv6.OptionClientID) {
			return
		}
		datagram := solicit(option(code, data...))
		reason := m.Decode(datagram)
		if theirs, err := dhcpv6.FromBytes(datagram); err == nil {
			compareWithLibrary(t, &m, reason, theirs)
		}
		if reason == OK {
			compareOption(t, &m, dhcpv6.OptionCode(code), data)
		}
	})
}

// compareOption compares what is not among the facts of a message.
func compareOption(t *testing.T, m *Message, code dhcpv6.OptionCode, data []byte) {
	t.Helper()
	switch code {
	case dhcpv6.OptionUserClass:
		compareStrings(t, userClass(m), data, theirUserClass(data))
	case dhcpv6.OptionVendorClass:
		if len(data) > 4 {
			compareStrings(t, vendorStrings(m), data[4:], theirVendorClass(data))
		}
	case dhcpv6.OptionClientArchType:
		compareArchs(t, m, data)
	case dhcpv6.OptionFQDN:
		compareFQDN(t, m)
	case dhcpv6.OptionDomainSearchList:
		compareNames(t, data)
	}
}

func userClass(m *Message) (out [][]byte) {
	for i := range m.NumUserClass() {
		out = append(out, m.UserClassAt(i))
	}
	return out
}

func vendorStrings(m *Message) (out [][]byte) {
	for i := range m.NumVendorClass() {
		out = append(out, m.VendorClassAt(i))
	}
	return out
}

// theirUserClass is nil where the library refuses the option.
func theirUserClass(data []byte) [][]byte {
	var o dhcpv6.OptUserClass
	if o.FromBytes(data) != nil {
		return nil
	}
	return o.UserClasses
}

func theirVendorClass(data []byte) [][]byte {
	var o dhcpv6.OptVendorClass
	if o.FromBytes(data) != nil {
		return nil
	}
	return o.Data
}

// compareStrings wants the library's strings, the first maxClasses of them, and
// where it has none the data as one string, or nothing of nothing.
func compareStrings(t *testing.T, ours [][]byte, data []byte, theirs [][]byte) {
	t.Helper()
	if theirs == nil && len(data) > 0 {
		theirs = [][]byte{data}
	}
	theirs = theirs[:min(len(theirs), maxClasses)]
	// What breaks off behind maxClasses strings is not looked at.
	if len(ours) == maxClasses && len(theirs) == 1 {
		return
	}
	if diff := cmp.Diff(theirs, ours, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("strings (-library +ours):\n%s", diff)
	}
}

func compareArchs(t *testing.T, m *Message, data []byte) {
	t.Helper()
	want := len(data) / 2
	if len(data)%2 != 0 {
		want = 0
	}
	if want = min(want, maxArchs); m.NumArch() != want {
		t.Fatalf("%d architectures of %x, want %d", m.NumArch(), data, want)
	}
	for i := range want {
		if got := m.ArchAt(i); byte(got>>8) != data[2*i] || byte(got) != data[2*i+1] {
			t.Errorf("architecture %d of %x is %d", i, data, got)
		}
	}
}

// compareFQDN wants that the library reads a name that is taken here, whole or
// partial. The other way round there are names that only it takes: compressed
// ones, several, and longer ones.
func compareFQDN(t *testing.T, m *Message) {
	t.Helper()
	flags, name, ok := m.FQDN()
	if !ok {
		return
	}
	theirs, err := dhcpv6.ParseOption(dhcpv6.OptionFQDN, append([]byte{flags}, name...))
	if err != nil {
		t.Fatalf("the library refuses the name %x: %v", name, err)
	}
	got := theirs.(*dhcpv6.OptFQDN)
	if whole := bytes.HasSuffix(name, []byte{0}); whole && got.DomainName != nil && len(got.DomainName.Labels) > 1 {
		t.Errorf("%x is %q, more than one name", name, got.DomainName.Labels)
	}
}

// compareNames wants of a list without an error that the library finds as many
// names; that it does not escape them makes some of them differ.
func compareNames(t *testing.T, data []byte) {
	t.Helper()
	var ours []string
	for name, err := range ParseNames(data) {
		if err != nil {
			return
		}
		ours = append(ours, name)
	}
	o, err := dhcpv6.ParseOption(dhcpv6.OptionDomainSearchList, data)
	if err != nil {
		t.Fatalf("the library refuses %q, which is %q: %v", data, ours, err)
	}
	var m dhcpv6.Message
	m.AddOption(o)
	theirs := slices.Clone(m.Options.DomainSearchList().Labels)
	if len(theirs) != len(ours) {
		t.Errorf("%q is %q, the library says %q", data, ours, theirs)
	}
}
