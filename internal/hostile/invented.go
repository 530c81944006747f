package hostile

import (
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// inventions are what nobody was seen to send yet.
func inventions() (out []Case) {
	out = append(out, inventedRelays()...)
	out = append(out, inventedLeases()...)
	out = append(out, inventedOptions()...)
	return append(out, inventedThefts()...)
}

func inventedRelays() (out []Case) {
	id := func(n int) []byte { return option(codeInterfaceID, make([]byte, n)...) }
	mixed, wide := solicit(wants()), solicit(wants())
	for level := range 8 {
		link := Relay
		if level%2 == 0 {
			link = unspecified // an LDRA
		}
		mixed = relayed(byte(level), link, linkLocal, mixed, text(codeInterfaceID, "port 7"), text(codeLinkLayer, "\x00\x01", victimMAC))
		wide = relayed(byte(level), link, linkLocal, wide, id(200))
	}
	for _, c := range []struct {
		name, drop string
		longest    int
		datagram   []byte
		skipped    []uint16
	}{
		{"LDRAs and relays in turn", "", 0, relayed(8, Relay, linkLocal, mixed), nil},
		{"interface-ids of 200 octets at eight levels", "", 3000, wide, nil},
		{"an interface-id of 3,500 octets", "", 4000, byRelay(solicit(wants()), id(3500)), nil},
		{"an interface-id twice", "", 0, byRelay(solicit(wants()), id(3), id(4)), []uint16{codeInterfaceID}},
		{"two messages", "", 0, append(byRelay(solicit(wants())), option(codeRelayed, solicit(pd(1))...)...), []uint16{codeRelayed}},
		{"an empty message", "relay-truncated", 0, byRelay(nil), nil},
		{"no message", "no-relay-message", 0, byRelay(nil)[:34], nil},
		{"a message that is cut off", "relay-truncated", 0, byRelay(solicit(wants()))[:60], nil},
		{"a Relay-reply in a Relay-forward", "relay-reply-in", 0, byRelay(append([]byte{13}, byRelay(solicit())[1:]...)), nil},
		{"a multicast link-address", "", 0, relayed(0, netip.IPv6LinkLocalAllNodes(), linkLocal, solicit(wants())), nil},
		{"a link-local link-address", "", 0, relayed(0, linkLocal, linkLocal, solicit(wants())), nil},
		{"an IPv4 link-address", "", 0, relayed(0, netip.MustParseAddr("::ffff:192.0.2.1"), linkLocal, solicit(wants())), nil},
		{"an unspecified peer", "", 0, relayed(0, Relay, unspecified, solicit(wants())), nil},
		{"a multicast peer", "", 0, relayed(0, Relay, netip.IPv6LinkLocalAllRouters(), solicit(wants())), nil},
		{"relay-supplied options that break off", "", 0, byRelay(solicit(wants()), text(66, "\x00\x41\x00\xff")), nil},
		{"a relay port of three octets", "", 0, byRelay(solicit(wants()), text(135, "\x02\x23\x00")), []uint16{135}},
		{"an empty remote-id and subscriber-id", "", 0, byRelay(solicit(wants()), option(codeRemoteID), option(38)), []uint16{codeRemoteID}},
	} {
		out = append(out, Case{Name: "relays/" + c.name, Way: Relayed, Drop: c.drop, Longest: c.longest, Datagrams: [][]byte{c.datagram}, Skipped: c.skipped})
	}
	return out
}

// inventedLeases ask for too much, and for what cannot be.
func inventedLeases() (out []Case) {
	const forever = math.MaxUint32
	odd := []byte{}
	for _, a := range []string{"::", "::1", "ff02::1", "fe80::1", "::ffff:192.0.2.1", "2001:db8:10::", "2001:db8:10::2", "2001:db8:10:0:fdff:ffff:ffff:ff80"} {
		odd = append(odd, address(netip.MustParseAddr(a), forever, forever)...)
	}
	for _, t := range []dhcpv6.MessageType{1, 3, 5, 6} {
		our := map[bool]string{true: serverID}[named(t)]
		sends := func(name string, longest int, skipped []uint16, ias ...[]byte) {
			c := one("leases/"+name+" in a "+t.String(), Any, byClient(t, our, ias...), skipped...)
			c.Longest = longest
			out = append(out, c)
		}
		// What cannot be is told of with lifetimes of zero: each of 130 addresses once.
		sends("130 addresses in one IA", 4096, nil, na(1, repeat(130, address(VictimElsewhere, 1, 1))))
		sends("16 addresses in 8 IAs", 4096, nil, many(8, repeat(16, address(Victim, 1, 1))))
		sends("64 IAs", 4096, nil, many(64, nil))
		sends("addresses that are none", 0, nil, na(1, odd))
		sends("lifetimes without end", 0, nil, na(1, address(Victim, forever, forever)), pd(1, prefix(victimPrefix, 56, forever, forever)))
		sends("preferred longer than valid", 0, nil, na(1, address(Victim, 2, 1)), pd(1, prefix(victimPrefix, 56, 2, 1)))
		sends("lifetimes of zero", 0, nil, na(1, address(Victim, 0, 0)), pd(1, prefix(victimPrefix, 56, 0, 0)))
		sends("an IAID three times", 0, []uint16{codeNA}, repeat(3, na(1, address(Victim, 1, 1))))
		sends("one IAID of both types", 0, nil, na(1), pd(1))
		sends("prefixes of every length", 4096, nil, pd(1, everyLength()))
	}
	return append(out, one("leases/65 IAs", "too-many-ias", solicit(many(65, nil))))
}

func many(n int, within []byte) (b []byte) {
	for i := range n {
		b = append(b, na(i, within)...)
	}
	return b
}

func everyLength() (b []byte) {
	for bits := range 129 {
		b = append(b, prefix(unspecified, byte(bits), 0, 0)...)
	}
	return b
}

func inventedOptions() (out []Case) {
	const intel = "\x00\x00\x01\x57"
	name := strings.Repeat("\x31"+strings.Repeat("a", 49), 5)
	for _, c := range []struct {
		name    string
		options []byte
		skipped []uint16
	}{
		{"options of the protocol itself are asked for", option(codeORO, 0, 1, 0, 2, 0, 3, 0, 5, 0, 6, 0, 9, 0, 12, 0, 13, 0, 14, 0, 18, 0, 25, 0, 26, 0, 79), nil},
		{"option 0 and 65535", append(option(0), option(65535, 1)...), nil},
		{"vendor class of 15 long strings", text(codeVendorClass, intel, strings.Repeat(counted(strings.Repeat("PXEClient:Arch:", 16)), 15)), nil},
		{"vendor class of many enterprises", manyEnterprises(), nil},
		{"vendor class that is escapes for terminals", text(codeVendorClass, intel, counted("\x1b]0;owned\a\x1b[2J\r\n")), nil},
		{"architecture of 99999", text(codeVendorClass, intel, counted("PXEClient:Arch:99999:UNDI:003000")), nil},
		{"2,000 architectures", option(codeArch, make([]byte, 4000)...), []uint16{codeArch}},
		{"FQDN that is the root", text(codeFQDN, "\xff\x00"), nil},
		{"FQDN of 251 octets", text(codeFQDN, "\x00", name, "\x00"), nil},
		{"FQDN of control characters", text(codeFQDN, "\x00\x08\x1b[2J\r\n\x00.\x00"), nil},
		{"FQDN with something behind it", text(codeFQDN, "\x00\x01a\x00\x01b\x00"), []uint16{codeFQDN}},
		{"FQDN twice", append(text(codeFQDN, "\x00\x01a\x00"), text(codeFQDN, "\x00\x01b\x00")...), []uint16{codeFQDN}},
		{"rapid commit twice", repeat(2, option(codeRapid)), []uint16{codeRapid}},
		{"elapsed time twice", repeat(2, option(codeElapsed, 0xff, 0xff)), []uint16{codeElapsed}},
		{"user class twice", repeat(2, text(codeUserClass, counted("iPXE"))), []uint16{codeUserClass}},
		{"a status of the client's", text(13, "\x00\x05", strings.Repeat("\xff", 2000)), nil},
		{"an authentication of the client's", option(11, make([]byte, 200)...), nil},
		{"an IA Address outside of an IA", address(Victim, 1, 1), nil},
		{"a relay agent's options", append(text(codeLinkLayer, "\x00\x01", victimMAC), text(codeInterfaceID, "port 7")...), nil},
	} {
		out = append(out, both("options/"+c.name, "", solicit(na(1), c.options), c.skipped...)...)
	}
	return append(out,
		one("options/client identifier twice", "duplicate-client-id", solicit(text(codeClientID, clientID), na(1))),
		one("options/server identifier twice", "duplicate-server-id", byClient(3, serverID, text(codeServerID, serverID), na(1))),
		one("options/empty server identifier", "wrong-server-id", byClient(3, "", option(codeServerID), na(1))),
	)
}

func manyEnterprises() (b []byte) {
	for i := range 100 {
		b = append(b, text(codeVendorClass, string([]byte{0, 0, 1, byte(i)}), counted("HTTPClient"))...)
	}
	return b
}

// inventedThefts are of who wants what the victim has, or wants it to have nothing.
func inventedThefts() (out []Case) {
	theirs := [][]byte{na(1, address(Victim, 3600, 7200)), pd(1, prefix(victimPrefix, 56, 3600, 7200))}
	ids := map[string]string{
		"its link-layer address as DUID":        "\x00\x03\x00\x01" + victimMAC,
		"its link-layer address and a time":     "\x00\x01\x00\x01\x2a\x00\x00\x00" + victimMAC,
		"its link-layer address, swapped":       "\x00\x03\x00\x01\x01\xbb\xaa\x00\x54\x52",
		"a DUID that begins like the server's":  serverID + "\x00",
		"the server's DUID":                     serverID,
		"a DUID of text":                        "\x00\x02\x00\x00\x00\x09'; DROP TABLE leases; --",
		"a DUID of 130 octets":                  strings.Repeat("\x00\x05", 65),
		"a DUID of the blank UUID":              "\x00\x04" + strings.Repeat("\xff", 16),
		"a DUID of control characters":          "\x00\x02\x1b[2J\r\n\x00\x00",
		"a DUID that is one and another's tail": "\x00\x03\x00\x01" + victimMAC + victimMAC,
	}
	for _, name := range slices.Sorted(maps.Keys(ids)) {
		c := Case{Name: "theft/" + name, Drop: Any}
		for _, t := range clientTypes() {
			head := [][]byte{text(codeClientID, ids[name])}
			if named(t) {
				head = append(head, text(codeServerID, serverID))
			}
			if t != dhcpv6.MessageTypeInformationRequest {
				head = append(head, theirs...)
			}
			c.Datagrams = append(c.Datagrams, message(t, 0x050000+int(t), head...))
		}
		out = append(out, c)
	}
	many := Case{Name: "theft/Rebinds of 200 DUIDs", Drop: Any}
	gone := Case{Name: "theft/Declines and Releases of 100 DUIDs", Drop: Any}
	for i := range 200 {
		id, our := text(codeClientID, clientOf(2048+i)), text(codeServerID, serverID)
		many.Datagrams = append(many.Datagrams, message(dhcpv6.MessageTypeRebind, 0x060000+i, id, theirs[0], theirs[1]))
		kind := []dhcpv6.MessageType{dhcpv6.MessageTypeDecline, dhcpv6.MessageTypeRelease}[i%2]
		gone.Datagrams = append(gone.Datagrams, message(kind, 0x070000+i, id, our, theirs[0], theirs[1]))
	}
	return append(out, many, gone)
}
