package coredhcp_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"
)

// seen gives what a plugin sees of a datagram.
func seen(t *testing.T, datagram []byte) (out dhcpv6.DHCPv6) {
	t.Helper()
	p := adapt("x", func(req, resp dhcpv6.DHCPv6) (dhcpv6.DHCPv6, bool) {
		out = req
		return resp, false
	})
	if r := serverOf(t, "x: {}", p).Serve(sent(datagram)); r.Drop != "" {
		t.Fatalf("dropped for %q", r.Drop)
	}
	return out
}

func TestAPluginSeesTheMessageAsItCame(t *testing.T) {
	for name, message := range map[string]string{
		"of a client": `solicit 0a0b01
  client-id 00030001525400aabb01
  ia-na 1 t1=0 t2=0
    address 2001:db8:10::1 preferred=0 valid=0
  ia-pd 1 t1=0 t2=0
    prefix ::/56 preferred=0 valid=0
  user-class "iPXE"
  oro 23 59
  rapid-commit
`,
		"through relay agents": `relay-forward hops=1 link=2001:db8:ffff::1 peer=2001:db8:10::1
  interface-id 75706c696e6b
  relay-message
    relay-forward hops=0 link=2001:db8:10::1 peer=fe80::2
      link-layer 0001525400aabb02
      relay-message
        information-request 0a0b0c
          client-id 0004bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
          oro 23
`,
	} {
		t.Run(name, func(t *testing.T) {
			datagram := parse(t, message)
			if diff := cmp.Diff(text(datagram), text(seen(t, datagram).ToBytes())); diff != "" {
				t.Errorf("(-sent +seen)\n%s", diff)
			}
		})
	}
}

// option makes an option of a code and data.
func option(code dhcpv6.OptionCode, data ...byte) []byte {
	out := binary.BigEndian.AppendUint16(nil, uint16(code))
	out = binary.BigEndian.AppendUint16(out, uint16(len(data)))
	return append(out, data...)
}

// nested makes IA_NA inside IA_NA.
func nested(levels int) (out []byte) {
	for range levels {
		out = option(dhcpv6.OptionIANA, append(make([]byte, 12), out...)...)
	}
	return out
}

func TestWhatCouldStopTheLibraryIsKeptFromIt(t *testing.T) {
	good := option(dhcpv6.OptionIANA, append(make([]byte, 12), option(dhcpv6.OptionIAAddr, make([]byte, 24)...)...)...)
	inIA := func(inner []byte) []byte { return option(dhcpv6.OptionIANA, append(make([]byte, 12), inner...)...) }
	empty := inIA(nil)
	pointers := bytes.Repeat([]byte{0xc0, 0}, 3000)
	for name, tc := range map[string]struct{ sent, want []byte }{
		"what is right stays":                 {good, good},
		"compressed names":                    {option(dhcpv6.OptionDomainSearchList, append([]byte{1, 'a', 0}, pointers...)...), nil},
		"a long label":                        {option(dhcpv6.OptionDomainSearchList, append([]byte{64}, make([]byte, 64)...)...), nil},
		"a name without an end":               {option(dhcpv6.OptionDomainSearchList, bytes.Repeat([]byte{1, 'a'}, 4000)...), nil},
		"a compressed FQDN":                   {option(dhcpv6.OptionFQDN, append([]byte{0}, pointers...)...), nil},
		"a compressed name of a time server":  {option(dhcpv6.OptionNTPServer, option(3, pointers...)...), nil},
		"names inside an IA":                  {inIA(option(dhcpv6.OptionDomainSearchList, pointers...)), empty},
		"IAs inside IAs":                      {nested(500), empty},
		"an IA inside an address":             {inIA(option(dhcpv6.OptionIAAddr, append(make([]byte, 24), nested(100)...)...)), good},
		"a message inside the message":        {option(dhcpv6.OptionRelayMsg, 1, 0, 0, 1), nil},
		"a message for IPv4":                  {option(dhcpv6.OptionDHCPv4Msg, make([]byte, 300)...), nil},
		"an empty user class":                 {option(dhcpv6.OptionUserClass), nil},
		"a vendor class that breaks off":      {option(dhcpv6.OptionVendorClass, 0, 0, 1), nil},
		"an odd list of architectures":        {option(dhcpv6.OptionClientArchType, 0, 7, 0), nil},
		"requested options, each many times":  {bytes.Repeat(option(dhcpv6.OptionORO, 0, 23, 0, 24, 0, 23), 100), option(dhcpv6.OptionORO, 0, 23, 0, 24)},
		"what nobody knows stays as it comes": {option(65000, 1, 2, 3), option(65000, 1, 2, 3)},
	} {
		t.Run(name, func(t *testing.T) {
			head := parse(t, "solicit 0a0b01\n  client-id 00030001525400aabb01\n")
			got := seen(t, append(bytes.Clone(head), tc.sent...)).ToBytes()
			if want := append(head, tc.want...); !bytes.Equal(got, want) {
				t.Errorf("got  %x\nwant %x", got, want)
			}
		})
	}
}

func TestWhatAPluginSeesIsItsOwn(t *testing.T) {
	datagram := parse(t, "information-request 0a0b01\n  client-id 00030001525400aabb01\n  user-class \"abc\"\n")
	m := seen(t, datagram)
	before := m.ToBytes()
	copy(datagram, strings.Repeat("x", len(datagram)))
	if !bytes.Equal(before, m.ToBytes()) {
		t.Error("what the plugin keeps changes with the buffer of the socket")
	}
}
