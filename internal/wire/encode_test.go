package wire

import (
	"bytes"
	"math"
	"net/netip"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
)

func TestAppend(t *testing.T) {
	addr, prefix := netip.MustParseAddr("2001:db8::1"), netip.MustParsePrefix("2001:db8:f000::/56")
	for _, tt := range []struct {
		name      string
		got, want []byte
	}{
		{"header", AppendHeader(nil, dhcpv6.MessageTypeReply, [3]byte{1, 2, 3}), []byte{7, 1, 2, 3}},
		{"option", AppendOption(nil, 0x1234, []byte{9}), []byte{0x12, 0x34, 0, 1, 9}},
		{"empty option", AppendOption(nil, 14, nil), []byte{0, 14, 0, 0}},
		{"status", AppendStatus(nil, iana.StatusNoBinding, "no"), []byte{0, 13, 0, 4, 0, 3, 'n', 'o'}},
		{"address", AppendIAAddr(nil, addr, 1, math.MaxUint32, option(13, 0, 0)), []byte{
			0, 5, 0, 30, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
			0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 13, 0, 2, 0, 0,
		}},
		{"prefix", AppendIAPrefix(nil, prefix, 1, 2, nil), []byte{
			0, 26, 0, 25, 0, 0, 0, 1, 0, 0, 0, 2, 56,
			0x20, 1, 0xd, 0xb8, 0xf0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !bytes.Equal(tt.got, tt.want) {
				t.Errorf("got  %x\nwant %x", tt.got, tt.want)
			}
		})
	}
}

func TestOptionsNest(t *testing.T) {
	b, outer := BeginOption([]byte{0xee}, 3)
	b = append(b, make([]byte, 12)...)
	b, inner := BeginOption(b, 5)
	b = append(b, 1, 2, 3)
	b = EndOption(b, inner)
	b = EndOption(b, outer)
	want := append([]byte{0xee}, option(3, append(make([]byte, 12), option(5, 1, 2, 3)...)...)...)
	if !bytes.Equal(b, want) {
		t.Errorf("got  %x\nwant %x", b, want)
	}
}

func TestTheLongestOption(t *testing.T) {
	b := AppendOption(nil, 17, make([]byte, math.MaxUint16))
	if data, ok := Options(b).Get(17); !ok || len(data) != math.MaxUint16 {
		t.Errorf("%d octets, %t", len(data), ok)
	}
}

func TestAppendExclude(t *testing.T) {
	for _, tt := range []struct {
		name, prefix, exclude string
		want                  []byte
	}{
		{"a /64 of a /56", "2001:db8:1:ff00::/56", "2001:db8:1:ff01::/64", []byte{64, 0x01}},
		{"a /60 of a /56", "2001:db8::/56", "2001:db8:0:a0::/60", []byte{60, 0xa0}},
		{"a /64 of a /48", "2001:db8:1::/48", "2001:db8:1:abcd::/64", []byte{64, 0xab, 0xcd}},
		{"a /64 of a /51", "2001:db8:1:2000::/51", "2001:db8:1:3fff::/64", []byte{64, 0xff, 0xf8}},
		{"one bit", "2001:db8::/63", "2001:db8:0:1::/64", []byte{64, 0x80}},
		{"an address of a prefix of odd length", "2001:db8::/121", "2001:db8::7f/128", []byte{128, 0xfe}},
		{"everything but the first bit", "::/1", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", append(append([]byte{128}, bytes.Repeat([]byte{0xff}, 15)...), 0xfe)},
		{"bits beyond the length", "2001:db8::/56", "2001:db8:0:a5::/60", []byte{60, 0xa0}},
		{"all of the prefix", "2001:db8::/56", "2001:db8::/56", nil},
		{"more than the prefix", "2001:db8::/56", "2001:db8::/48", nil},
		{"outside", "2001:db8::/56", "2001:db8:1::/64", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := []byte{0xee}
			if tt.want != nil {
				want = append(want, option(67, tt.want...)...)
			}
			got := AppendExclude([]byte{0xee}, netip.MustParsePrefix(tt.prefix), netip.MustParsePrefix(tt.exclude))
			if !bytes.Equal(got, want) {
				t.Errorf("got  %x\nwant %x", got, want)
			}
		})
	}
	if got := AppendExclude(nil, netip.MustParsePrefix("::/56"), netip.Prefix{}); got != nil {
		t.Errorf("no exclude: %x", got)
	}
}

func TestAnOptionThatIsTooLongIsNotMistakenForAShortOne(t *testing.T) {
	b := AppendOption(nil, 17, make([]byte, math.MaxUint16+2))
	if !bytes.Equal(b[:4], []byte{0, 17, 0xff, 0xff}) {
		t.Errorf("header %x", b[:4])
	}
}
