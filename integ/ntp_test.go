package integ

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// ntpFromHex reads the NTP option (RFC 5908) as dhclient shows what it has no
// format for: octets in hexadecimal between colons, or as text in quotes.
func ntpFromHex(t *testing.T, text string) []string {
	t.Helper()
	if text == "" {
		return nil
	}
	var raw []byte
	for octet := range strings.SplitSeq(text, ":") {
		if len(octet) == 1 {
			octet = "0" + octet
		}
		value, err := hex.DecodeString(octet)
		check(t, err)
		raw = append(raw, value...)
	}
	return ntpServers(t, raw)
}

// ntpServers reads the server addresses out of the data of option 56.
func ntpServers(t *testing.T, raw []byte) []string {
	t.Helper()
	var option dhcpv6.OptNTPServer
	check(t, option.FromBytes(raw))
	var servers []string
	for _, sub := range option.Suboptions {
		addr, ok := sub.(*dhcpv6.NTPSuboptionSrvAddr)
		if !ok {
			t.Fatalf("NTP suboption %v, want an address", sub)
		}
		ip, _ := netip.AddrFromSlice(*addr)
		servers = append(servers, ip.String())
	}
	return servers
}
