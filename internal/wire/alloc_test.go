package wire

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
)

// pxeSolicit is what UEFI firmware sends before it boots over PXE.
func pxeSolicit(t testing.TB) []byte {
	t.Helper()
	return datagrams(t)["uefi-pxe-then-ipxe.pcap"][0]
}

// relayedSolicit is the same by two relay agents with options 18, 37 and 79.
func relayedSolicit(t testing.TB) []byte {
	t.Helper()
	inner := relay(0, "2001:db8:10::1", "fe80::5054:ff:feaa:bb01", pxeSolicit(t),
		text(18, "eth0/1/7"), option(79, 0, 1, 0x52, 0x54, 0, 0xaa, 0xbb, 1))
	return relay(1, "2001:db8:20::1", "2001:db8:10::1", inner,
		text(18, "vlan 20"), text(37, "\x00\x00\x00\x09rack 4"))
}

// appendAdvertise answers m as a boot server does.
func appendAdvertise(dst []byte, m *Message, addr netip.Addr, url string) ([]byte, bool) {
	start := len(dst)
	dst = m.AppendRelayHeaders(dst)
	dst = AppendHeader(dst, dhcpv6.MessageTypeAdvertise, m.XID)
	dst = AppendOption(dst, uint16(dhcpv6.OptionClientID), m.ClientID)
	for i := range m.IAs {
		var mark int
		dst, mark = BeginOption(dst, uint16(m.IAs[i].Type))
		dst = binary.BigEndian.AppendUint32(dst, m.IAs[i].ID)
		dst = append(dst, 0, 0, 0x0e, 0x10, 0, 0, 0x1c, 0x20)
		dst = AppendIAAddr(dst, addr, 7200, 14400, nil)
		dst = EndOption(dst, mark)
	}
	if m.Requested(uint16(dhcpv6.OptionBootfileURL)) {
		var mark int
		dst, mark = BeginOption(dst, uint16(dhcpv6.OptionBootfileURL))
		dst = EndOption(append(dst, url...), mark)
	}
	dst = AppendStatus(dst, iana.StatusSuccess, "")
	return m.CloseRelays(dst, start)
}

func TestNothingIsAllocated(t *testing.T) {
	addr, buffer := netip.MustParseAddr("2001:db8:10::d:1"), make([]byte, 0, 1500)
	for name, datagram := range map[string][]byte{"direct": pxeSolicit(t), "relayed": relayedSolicit(t)} {
		m := decode(t, datagram)
		for step, f := range map[string]func(){
			"decode": func() { m.Decode(datagram) },
			"encode": func() { appendAdvertise(buffer, m, addr, "tftp://[2001:db8:10::2]/snponly.efi") },
			"options": func() {
				for code := range m.Options.All() {
					m.Options.Get(code)
				}
			},
		} {
			if n := testing.AllocsPerRun(100, f); n != 0 {
				t.Errorf("%s %s: %v allocations", name, step, n)
			}
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, bench := range []struct {
		name     string
		datagram []byte
	}{{"direct", pxeSolicit(b)}, {"relayed", relayedSolicit(b)}} {
		b.Run(bench.name, func(b *testing.B) {
			var m Message
			b.ReportAllocs()
			for b.Loop() {
				if r := m.Decode(bench.datagram); r != OK {
					b.Fatal(r)
				}
			}
		})
	}
}

// BenchmarkDecodeHostile shows that no datagram is worth much of anybody's
// time.
func BenchmarkDecodeHostile(b *testing.B) {
	for _, bench := range hostileDatagrams() {
		if len(bench.datagram) < 5000 {
			continue
		}
		b.Run(bench.name, func(b *testing.B) {
			var m Message
			b.ReportAllocs()
			for b.Loop() {
				m.Decode(bench.datagram)
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, bench := range []struct {
		name     string
		datagram []byte
	}{{"direct", pxeSolicit(b)}, {"relayed", relayedSolicit(b)}} {
		b.Run(bench.name, func(b *testing.B) {
			var m Message
			m.Decode(bench.datagram)
			addr, buffer := netip.MustParseAddr("2001:db8:10::d:1"), make([]byte, 0, 1500)
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := appendAdvertise(buffer, &m, addr, "tftp://[2001:db8:10::2]/snponly.efi"); !ok {
					b.Fatal("too long")
				}
			}
		})
	}
}
