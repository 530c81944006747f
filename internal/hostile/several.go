package hostile

import (
	"fmt"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// maxPayload is the longest UDP payload that a fragmented IPv6 packet carries, in
// octets.
const maxPayload = 65527

// sizes are datagrams that are too long, and whatever is cut off somewhere.
func sizes(captured [][]byte) []Case {
	out := []Case{
		one("oversize/zeros", "unknown-type", make([]byte, maxPayload)),
		one("oversize/one option", "", solicit(option(codeVendorOpts, make([]byte, 65000)...))),
		one("oversize/16,000 empty options", "too-many-options", solicit(repeat(16000, option(200)))),
		one("oversize/empty options of 4 KB", "", solicit(repeat(1000, option(200)))),
		one("oversize/vendor class of 4 KB", "", solicit(wants(), text(codeVendorClass, "\x00\x00\x01\x57", counted(string(make([]byte, 3900)))))),
	}
	for i, d := range captured {
		c := Case{Name: fmt.Sprintf("truncated/captured message %d", i+1), Drop: Any}
		for n := range d {
			c.Datagrams = append(c.Datagrams, d[:n:n])
		}
		if len(d) > 0 && d[0] == byte(dhcpv6.MessageTypeRelayForward) {
			c.Way = Relayed
		}
		out = append(out, c)
	}
	return out
}

// reuses take up again what has been: transaction ids, and the server's buffers.
func reuses() []Case {
	xid := Case{Name: "xid-reuse/Solicit and Request, at two boots", InTurn: true, Check: answersAlternate}
	for range 2 {
		for _, t := range []dhcpv6.MessageType{dhcpv6.MessageTypeSolicit, dhcpv6.MessageTypeRequest} {
			m := byClient(t, map[bool]string{true: serverID}[named(t)], na(7), option(codeElapsed, 0, 0))
			copy(m[1:4], "\x5a\x5a\x5a")
			xid.Datagrams = append(xid.Datagrams, m)
		}
	}
	buffers := Case{Name: "buffer-reuse/64 in flight with names", Check: ownAnswers}
	for i := range 64 {
		m := message(dhcpv6.MessageTypeRequest, 0x030000+i, text(codeClientID, clientOf(i)), text(codeServerID, serverID), na(i),
			option(codeORO, 0, 23, 0, 24, 0, 39), text(codeFQDN, "\x00", fmt.Sprintf("\x06host%02d\x07example\x03net\x00", i)),
			text(codeSearch, fmt.Sprintf("\x06link%02d\x07example\x03net\x00", i)))
		buffers.Datagrams = append(buffers.Datagrams, m)
	}
	return []Case{xid, buffers}
}

// clientOf is the DUID of one of many clients.
func clientOf(i int) string {
	return fmt.Sprintf("\x00\x03\x00\x01\x02\x00\x00\x00%c%c", byte(1+i>>6), byte(i&63))
}

// forgeries claim to be the victim, by what only a relay agent can know.
func forgeries() []Case {
	mac := text(codeLinkLayer, "\x00\x01", victimMAC)
	peer := victimLinkLocal
	inner := relayed(0, Relay, peer, solicit(wants(), pd(1)), mac)
	elsewhere := VictimElsewhere.Prev()
	return []Case{
		one("forged-relay-direct/to the group", "", inner),
		one("forged-relay-direct/in two levels", "", relayed(1, unspecified, peer, inner, mac)),
		{Name: "forged-relay-direct/to the server's address", Way: Unicast, Datagrams: [][]byte{inner}},
		{Name: "forged-relay-nested/through the relay", Way: Relayed, Datagrams: [][]byte{byRelay(inner)}},
		{Name: "forged-relay-nested/through the relay as an LDRA", Way: Relayed, Datagrams: [][]byte{
			byRelay(relayed(0, unspecified, peer, solicit(wants()), mac, text(codeInterfaceID, "port 7"))),
		}},
		{Name: "forged-relay-nested/in the client's own message", Way: Relayed, Datagrams: [][]byte{byRelay(solicit(wants(), mac, text(codeInterfaceID, "port 7"), text(codeRemoteID, "\x00\x00\x00\x09port")))}},
		one("forged-link-address/to the group", "", relayed(0, elsewhere, peer, solicit(wants()), mac)),
		{Name: "forged-link-address/through the relay", Way: Relayed, Datagrams: [][]byte{byRelay(relayed(0, elsewhere, peer, solicit(wants()), mac))}},
		{Name: "short-option-79/of 0 to 2 octets", Way: Relayed, Skipped: []uint16{codeLinkLayer}, Check: differentLeases, Datagrams: [][]byte{
			shortLinkLayer(1, ""), shortLinkLayer(2, "\x00"), shortLinkLayer(3, "\x00\x01"), shortLinkLayer(4, "\x00\x01"),
		}},
		{Name: "short-option-79/of no Ethernet", Way: Relayed, Check: differentLeases, Datagrams: [][]byte{
			shortLinkLayer(5, "\x00\x01\x52\x54\x00\xaa\xbb"), shortLinkLayer(6, "\x00\x20"+victimMAC), shortLinkLayer(7, "\x00\x01"+victimMAC+"\x00"),
		}},
	}
}

// shortLinkLayer is a Request of one of several clients whose link-layer address is
// told like that.
func shortLinkLayer(i int, address string) []byte {
	return byRelay(message(dhcpv6.MessageTypeRequest, 0x040000+i, text(codeClientID, clientOf(4096+i)), text(codeServerID, serverID), na(1)), text(codeLinkLayer, address))
}
