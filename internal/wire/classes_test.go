package wire

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func userClasses(m *Message) (out []string) {
	for i := range m.NumUserClass() {
		out = append(out, string(m.UserClassAt(i)))
	}
	return out
}

func vendorClasses(m *Message) (out []string) {
	for i := range m.NumVendorClass() {
		out = append(out, string(m.VendorClassAt(i)))
	}
	return out
}

func TestUserClass(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		want       []string
	}{
		{"one string", counted("iPXE"), []string{"iPXE"}},
		{"several strings", counted("a") + counted("") + counted("bc"), []string{"a", "", "bc"}},
		{"text without a length", "iPXE", []string{"iPXE"}},
		{"one octet", "i", []string{"i"}},
		{"a length beyond the end", "\x00\x09iPXE", []string{"\x00\x09iPXE"}},
		{"an octet after the last string", counted("iPXE") + "x", []string{counted("iPXE") + "x"}},
		{"empty", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := decode(t, solicit(text(15, tt.data)))
			if diff := cmp.Diff(tt.want, userClasses(m)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if skipped := len(m.Skipped) > 0; skipped != (tt.data == "") {
				t.Errorf("skipped %v", m.Skipped)
			}
		})
	}
}

func TestUserClassIsBounded(t *testing.T) {
	m := decode(t, solicit(text(15, strings.Repeat(counted(""), 20000))))
	if m.NumUserClass() != maxClasses || m.Skipped[0] != (Skip{15, 1}) {
		t.Errorf("%d strings, skipped %v", m.NumUserClass(), m.Skipped)
	}
}

func TestVendorClass(t *testing.T) {
	const intel, microsoft = "\x00\x00\x01\x57", "\x00\x00\x01\x37"
	for _, tt := range []struct {
		name       string
		options    [][]byte
		enterprise uint32
		want       []string
		skipped    int
	}{
		{"absent", nil, 0, nil, 0},
		{"one", [][]byte{text(16, intel, counted("PXEClient"))}, 343, []string{"PXEClient"}, 0},
		{"of two enterprises the first", [][]byte{text(16, microsoft, counted("MSFT 5.0")), text(16, intel, counted("x"))}, 311, []string{"MSFT 5.0"}, 0},
		{"without a length", [][]byte{text(16, intel, "PXEClient")}, 343, []string{"PXEClient"}, 0},
		{"without data, then a good one", [][]byte{text(16, intel), text(16, microsoft, counted("a"))}, 311, []string{"a"}, 1},
		{"shorter than an enterprise number", [][]byte{text(16, "\x00\x01")}, 0, nil, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := decode(t, solicit(tt.options...))
			if diff := cmp.Diff(tt.want, vendorClasses(m)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			enterprise, ok := m.VendorEnterprise()
			if enterprise != tt.enterprise || ok != (tt.want != nil) || len(m.Skipped) != tt.skipped {
				t.Errorf("enterprise %d, %t; skipped %v", enterprise, ok, m.Skipped)
			}
		})
	}
}

func TestArchitecture(t *testing.T) {
	class := func(s string) []byte { return text(16, "\x00\x00\x01\x57", counted(s)) }
	for _, tt := range []struct {
		name    string
		options [][]byte
		want    []uint16
	}{
		{"none", nil, nil},
		{"option 61", [][]byte{option(61, 0, 9)}, []uint16{9}},
		{"a list", [][]byte{option(61, 0, 7, 0, 16)}, []uint16{7, 16}},
		{"option 61 before the vendor class", [][]byte{class("PXEClient:Arch:00007:UNDI:003000"), option(61, 0, 11)}, []uint16{11}},
		{"the vendor class alone", [][]byte{class("HTTPClient:Arch:00016:UNDI:003000")}, []uint16{16}},
		{"the vendor class cut after the number", [][]byte{class("PXEClient:Arch:00007")}, []uint16{7}},
		{"an odd option 61, then the vendor class", [][]byte{option(61, 0, 9, 1), class("PXEClient:Arch:00007:")}, []uint16{7}},
		{"an empty option 61", [][]byte{option(61)}, nil},
		{"a vendor class without a number", [][]byte{class("PXEClient:Arch::UNDI")}, nil},
		{"a number beyond 16 bits", [][]byte{class("PXEClient:Arch:65536")}, nil},
		{"more than are kept", [][]byte{option(61, make([]byte, 100)...)}, make([]uint16, maxArchs)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := decode(t, solicit(tt.options...))
			var got []uint16
			for i := range m.NumArch() {
				got = append(got, m.ArchAt(i))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFQDN(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		ok         bool
	}{
		{"partial", "\x01\x02vm", true},
		{"whole", "\x01\x02vm\x07example\x00", true},
		{"empty, to be given one", "\x01", true},
		{"no flags", "", false},
		{"text", "\x01vm.example", false},
		{"a label that breaks off", "\x01\x05vm", false},
		{"a label that is one octet short", "\x01\x03vm", false},
		{"something after the name", "\x01\x02vm\x00\x00", false},
		{"compressed", "\x01\x02vm\xc0\x00", false},
		{"a label of 64 octets", "\x01\x40" + strings.Repeat("a", 64), false},
		{"more than 255 octets", "\x01" + strings.Repeat("\x3f"+strings.Repeat("a", 63), 4), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := decode(t, solicit(text(39, tt.data)))
			flags, name, ok := m.FQDN()
			if ok != tt.ok || (len(m.Skipped) == 0) != tt.ok {
				t.Fatalf("FQDN: %t, skipped %v", ok, m.Skipped)
			}
			if ok && (flags != 1 || string(name) != tt.data[1:]) {
				t.Errorf("flags %d, name %q", flags, name)
			}
		})
	}
}
