package ident_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stage6/stage6/ident"
)

func TestPortsAreWrittenInOneForm(t *testing.T) {
	for text, want := range map[string]string{
		"interface-id:ge-0/0/7":                    "interface-id:ge-0/0/7",
		"interface-id:switch 1:ge-0/0/7":           "interface-id:switch 1:ge-0/0/7",
		"interface-id:0x67652d30":                  "interface-id:ge-0",
		"interface-id:0x00:A1:ff":                  "interface-id:0x00a1ff",
		"interface-id:büro":                        "interface-id:0x62c3bc726f",
		"interface-id:0x3078":                      "interface-id:0x3078",
		"interface-id:Vl10@2001:DB8:10:0::1":       "interface-id:Vl10@2001:db8:10::1",
		"remote-id:9:rack-4":                       "remote-id:9:rack-4",
		"remote-id:4294967295:0x00":                "remote-id:4294967295:0x00",
		"subscriber-id:customer@isp.example":       "subscriber-id:customer@isp.example",
		"subscriber-id:customer@192.0.2.1":         "subscriber-id:customer@192.0.2.1",
		"subscriber-id:0x6140313a:3a:32":           "subscriber-id:0x6140313a3a32",
		"subscriber-id:a@b@2001:db8:10::1":         "subscriber-id:a@b@2001:db8:10::1",
		"subscriber-id:a@fe80::1%eth0":             "subscriber-id:0x6140666538303a3a312565746830",
		"interface-id:" + strings.Repeat("a", 255): "interface-id:" + strings.Repeat("a", 255),
	} {
		p, err := ident.ParsePort(text)
		if err != nil || p.String() != want {
			t.Errorf("%q: got %q, %v; want %q", text, p, err, want)
			continue
		}
		if again, err := ident.ParsePort(want); again != p {
			t.Errorf("%q is read back as %q, %v", want, again, err)
		}
	}
}

func TestTextsThatAreNoPorts(t *testing.T) {
	for text, want := range map[string]string{
		"":                          `port "": want interface-id:, remote-id: or subscriber-id: and the identifier`,
		"ge-0/0/7":                  `port "ge-0/0/7": want interface-id:, remote-id: or subscriber-id: and the identifier`,
		"interface_id:ge-0/0/7":     `port "interface_id:ge-0/0/7": want interface-id:, remote-id: or subscriber-id: and the identifier`,
		"interface-id:":             `port "interface-id:": an identifier of 0 octets, want 1 to 255`,
		"interface-id":              `port "interface-id": an identifier of 0 octets, want 1 to 255`,
		"interface-id:@2001:db8::1": `port "interface-id:@2001:db8::1": an identifier of 0 octets, want 1 to 255`,
		"interface-id:0x":           `port "interface-id:0x": an identifier of 0 octets, want 1 to 255`,
		"interface-id:0x123":        `port "interface-id:0x123": want octets in hexadecimal, such as 00:03:aa`,
		"remote-id:rack-4":          `port "remote-id:rack-4": want remote-id:, the enterprise number, a colon and the identifier`,
		"remote-id:4294967296:a":    `port "remote-id:4294967296:a": want remote-id:, the enterprise number, a colon and the identifier`,
		"remote-id:9":               `port "remote-id:9": an identifier of 0 octets, want 1 to 255`,
		"subscriber-id:" + strings.Repeat("a", 256): `port "subscriber-id:` + strings.Repeat("a", 256) + `": an identifier of 256 octets, want 1 to 255`,
	} {
		if p, err := ident.ParsePort(text); err == nil || err.Error() != want {
			t.Errorf("%q: got %q, %v, want %s", text, p, err, want)
		}
	}
}

// FuzzPort looks for two ports of one form, and for forms that are read as
// something else.
func FuzzPort(f *testing.F) {
	f.Add(uint32(9), []byte("a@2001:db8::1"), false)
	f.Add(uint32(0), []byte("0x00"), true)
	link := netip.MustParseAddr("2001:db8:10::1")
	f.Fuzz(func(t *testing.T, enterprise uint32, id []byte, onLink bool) {
		if len(id) == 0 || len(id) > ident.MaxPortLen {
			return
		}
		on := netip.Addr{}
		if onLink {
			on = link
		}
		for _, o := range []ident.PortOption{ident.PortInterfaceID, ident.PortRemoteID, ident.PortSubscriberID} {
			text := string(ident.AppendPort(nil, o, enterprise, id, on))
			p, err := ident.ParsePort(text)
			if err != nil || string(p) != text {
				t.Errorf("%x is written %q and read %q, %v", id, text, p, err)
			}
		}
	})
}
