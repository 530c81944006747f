package hostile

import (
	"net/netip"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

var unspecified = netip.IPv6Unspecified()

// byClient makes a message of the usual client; without a server's DUID if that is
// empty.
func byClient(t dhcpv6.MessageType, server string, options ...[]byte) []byte {
	head := [][]byte{text(codeClientID, clientID)}
	if server != "" {
		head = append(head, text(codeServerID, server))
	}
	return message(t, 0x020000+int(t), append(head, options...)...)
}

// named says whether a message must name the server (RFC 9915 sections 16.2 to
// 16.12).
func named(t dhcpv6.MessageType) bool {
	switch t {
	case dhcpv6.MessageTypeRequest, dhcpv6.MessageTypeRenew, dhcpv6.MessageTypeRelease, dhcpv6.MessageTypeDecline:
		return true
	}
	return false
}

// identifiers have wrong identifiers of client and server, in every message.
func identifiers() (out []Case) {
	const other = "\x00\x03\x00\x01\x52\x54\x00\x00\x00\x02"
	for _, t := range clientTypes() {
		of, our := "/"+t.String(), ""
		if named(t) {
			our = serverID
		}
		for _, id := range []string{"", "\x00", "\x00\x03"} {
			form := of + []string{"", " of one octet", " of two octets"}[len(id)]
			out = append(out, both("empty-client-id"+form, "client-id-length", message(t, 1, text(codeClientID, id), text(codeServerID, our), na(1)))...)
		}
		out = append(out, both("client-id-over-130"+of, "client-id-length", message(t, 1, option(codeClientID, make([]byte, 131)...), na(1)))...)
		if t != dhcpv6.MessageTypeInformationRequest {
			out = append(out, both("missing-client-id"+of, "missing-client-id", message(t, 1, text(codeServerID, serverID), na(1)))...)
		}
		out = append(out, serverIDs(t, other)...)
	}
	return append(out,
		one("client-id-over-130/3,000 octets", "client-id-length", message(1, 1, option(codeClientID, make([]byte, 3000)...), na(1))),
		one("client-id-over-130/60,000 octets", "client-id-length", message(1, 1, option(codeClientID, make([]byte, 60000)...), na(1))),
		one("information-request-with-ia/IA_NA", "information-request-with-ia", byClient(dhcpv6.MessageTypeInformationRequest, "", na(1))),
		one("information-request-with-ia/IA_PD", "information-request-with-ia", byClient(dhcpv6.MessageTypeInformationRequest, "", pd(1))),
	)
}

// serverIDs has the server's identifier where it must not be, not where it must be,
// and that of another one.
func serverIDs(t dhcpv6.MessageType, other string) []Case {
	of := "/" + t.String()
	switch {
	case named(t):
		return append(both("wrong-server-id"+of, "wrong-server-id", byClient(t, other, na(1))),
			both("missing-server-id"+of, "missing-server-id", byClient(t, "", na(1)))...)
	case t == dhcpv6.MessageTypeInformationRequest:
		return both("wrong-server-id"+of, "wrong-server-id", byClient(t, other))
	}
	return append(both("unexpected-server-id"+of, "unexpected-server-id", byClient(t, serverID, na(1))),
		both("unexpected-server-id"+of+" with another", "unexpected-server-id", byClient(t, other, na(1)))...)
}

// types are messages that no client sends, or not to a unicast address.
func types() (out []Case) {
	for i, name := range []string{"relay-reply-in", "advertise-in", "reply-in", "reconfigure-in"} {
		t := []dhcpv6.MessageType{
			dhcpv6.MessageTypeRelayReply, dhcpv6.MessageTypeAdvertise, dhcpv6.MessageTypeReply, dhcpv6.MessageTypeReconfigure,
		}[i]
		m := byClient(t, serverID, na(1))
		if t == dhcpv6.MessageTypeRelayReply {
			m = byRelay(solicit(wants()))
			m[0] = byte(t)
		}
		out = append(out, both(name+"/alone", name, m)...)
		out = append(out, one(name+"/nothing but the type", name, []byte{byte(t)}))
	}
	for _, t := range clientTypes() {
		our := ""
		if named(t) {
			our = serverID
		}
		c := one("unicast/"+t.String(), "unicast-"+strings.ToLower(t.String()), byClient(t, our))
		c.Way = Unicast
		out = append(out, c)
	}
	return out
}
