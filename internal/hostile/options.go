package hostile

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// names are domain names as no client has them: compressed, which RFC 9915 section
// 10 forbids, and with labels longer than 63 octets.
func names() (out []Case) {
	for _, size := range []int{3800, 6000, 60000} {
		packed := strings.Repeat("\x01a", 100) + strings.Repeat("\xc0\x00", size/2-100)
		form := map[int]string{3800: "4 KB", 6000: "6 KB", 60000: "60 KB"}[size]
		out = append(out,
			one("compressed-names/option 24 of "+form, "", solicit(wants(), text(codeSearch, packed))),
			one("compressed-names/option 39 of "+form, "", solicit(wants(), text(codeFQDN, packed)), codeFQDN),
			one("compressed-names/option 56 of "+form, "", solicit(wants(), text(codeNTP, "\x00\x03", counted(packed)))),
		)
	}
	pointers := bytes.Repeat([]byte{1, 'a', 0xc0, 0}, 300)
	return append(out,
		one("compressed-names/in all options at once", "", solicit(wants(), option(codeSearch, pointers...), option(codeFQDN, pointers...), option(codeNTP, pointers...)), codeFQDN),
		one("compressed-names/a pointer to itself", "", solicit(wants(), text(codeFQDN, "\x00\xc0\x01")), codeFQDN),
		one("long-labels/64 octets", "", solicit(wants(), text(codeFQDN, "\x01\x40", strings.Repeat("a", 64), "\x00")), codeFQDN),
		one("long-labels/191 octets", "", solicit(wants(), text(codeFQDN, "\x01\xbf", strings.Repeat("a", 191), "\x00")), codeFQDN),
		one("long-labels/in option 24", "", solicit(wants(), text(codeSearch, "\x40", strings.Repeat("a", 64), "\x00"))),
		one("long-labels/a name of 300 octets", "", solicit(wants(), text(codeFQDN, "\x01", strings.Repeat("\x31"+strings.Repeat("a", 49), 6), "\x00")), codeFQDN),
	)
}

// floods ask for what nobody has so many of.
func floods() []Case {
	return []Case{
		one("oro-flood/2,000 codes", "", solicit(na(1), codes(2000, false)), codeORO),
		one("oro-flood/32,000 codes", "", solicit(na(1), codes(32000, false)), codeORO),
		one("oro-flood/one code 32,000 times", "", solicit(na(1), codes(32000, true)), codeORO),
		one("oro-flood/one code 2,000 times", "", solicit(na(1), codes(2000, true)), codeORO),
		one("oro-flood/600 options", "", solicit(na(1), repeat(600, option(codeORO, 0, 23))), codeORO),
		one("oro-flood/10,000 options", "too-many-options", solicit(na(1), repeat(10000, option(codeORO, 0, 23)))),
		one("oro-flood/all that the server has", "", solicit(na(1), everyCode())),
	}
}

// codes makes an Option Request option of so many codes.
func codes(n int, same bool) []byte {
	var data []byte
	for i := range n {
		code := uint16(23)
		if !same {
			code = uint16(23 + i)
		}
		data = binary.BigEndian.AppendUint16(data, code)
	}
	return option(codeORO, data...)
}

// everyCode asks for the first 128 codes, those of the protocol's own options among
// them.
func everyCode() []byte {
	var data []byte
	for code := range 128 {
		data = binary.BigEndian.AppendUint16(data, uint16(code))
	}
	return option(codeORO, data...)
}

// nestings put one thing into itself.
func nestings() []Case {
	return []Case{
		one("nested-ia/200 levels", "", solicit(nestedIA(200)), codeNA),
		one("nested-ia/4,000 levels", "", solicit(nestedIA(4000)), codeNA),
		one("nested-ia/an address in an address", "", solicit(na(1, nestedAddress(100)))),
		one("nested-relay/1,700 levels", "relay-depth", nestedRelay(1700)),
		one("nested-relay/100 levels", "relay-depth", nestedRelay(100)),
		{Name: "nested-relay/ten levels of a relay", Way: Relayed, Datagrams: [][]byte{nestedRelay(10)}, Drop: "relay-depth"},
		{Name: "nested-relay/nine levels of a relay", Way: Relayed, Datagrams: [][]byte{nestedRelay(9)}},
		{Name: "nested-relay/a hop count of 255", Way: Relayed, Datagrams: [][]byte{relayed(255, Relay, linkLocal, solicit(wants()))}},
	}
}

func nestedIA(levels int) (b []byte) {
	for range levels {
		b = na(1, b)
	}
	return b
}

func nestedAddress(levels int) (b []byte) {
	for range levels {
		b = option(codeAddress, append(make([]byte, 24), b...)...)
	}
	return b
}

// nestedRelay gives a Solicit in so many levels.
func nestedRelay(levels int) []byte {
	b := solicit(wants())
	for hops := range levels {
		b = relayed(byte(hops), Relay, linkLocal, b)
	}
	return b
}

// optional are options of firmware in the field that are wrong, and without which the
// message can be answered.
func optional() (out []Case) {
	const intel = "\x00\x00\x01\x57"
	for _, c := range []struct {
		name    string
		tail    []byte
		skipped []uint16
	}{
		{"empty user class", option(codeUserClass), []uint16{codeUserClass}},
		{"user class without inner length", text(codeUserClass, "iPXE"), nil},
		{"user class of 17 strings", text(codeUserClass, strings.Repeat(counted("x"), 17)), []uint16{codeUserClass}},
		{"vendor class without data", text(codeVendorClass, intel), []uint16{codeVendorClass}},
		{"vendor class without inner length", text(codeVendorClass, intel, "PXEClient"), nil},
		{"vendor class of 3 octets", text(codeVendorClass, intel[:3]), []uint16{codeVendorClass}},
		{"odd-length arch", option(codeArch, 0, 7, 0), []uint16{codeArch}},
		{"empty arch", option(codeArch), []uint16{codeArch}},
		{"bad FQDN", text(codeFQDN, "\x00vm"), []uint16{codeFQDN}},
		{"empty FQDN", option(codeFQDN), []uint16{codeFQDN}},
		{"vendor options that are not TLV", text(codeVendorOpts, intel, "hello"), nil},
		{"vendor options without enterprise", option(codeVendorOpts, 1), nil},
		{"odd-length ORO", option(codeORO, 0, 23, 0), []uint16{codeORO}},
		{"elapsed time of one octet", option(codeElapsed, 1), []uint16{codeElapsed}},
		{"rapid commit with data", option(codeRapid, 1), []uint16{codeRapid}},
		{"IA without T2", option(codeNA, make([]byte, 8)...), []uint16{codeNA}},
		{"IA_PD one octet short", option(codePD, make([]byte, 11)...), []uint16{codePD}},
		{"IA_TA, which is obsolete", option(codeTA, 0, 0, 0, 1), []uint16{codeTA}},
		{"address too short", na(2, option(codeAddress, make([]byte, 23)...)), []uint16{codeAddress}},
		{"address cut within its IA", na(2, []byte{0, 5, 0, 24, 1}), []uint16{codeAddress}},
		{"prefix too short", pd(2, option(codePrefix, make([]byte, 24)...)), []uint16{codePrefix}},
		{"address in an IA_PD", pd(2, address(Victim, 1, 1)), []uint16{codeAddress}},
		{"1 trailing octet", []byte{0}, []uint16{0}},
		{"2 trailing octets", []byte{0, 14}, []uint16{codeRapid}},
		{"3 trailing octets", []byte{0, 14, 0}, []uint16{codeRapid}},
		{"length beyond the end", []byte{0, 15, 0, 9, 'i'}, []uint16{codeUserClass}},
	} {
		out = append(out, both("bad-optional-option/"+c.name, "", solicit(wants(), c.tail), c.skipped...)...)
	}
	return out
}

// prefixes are wishes for prefixes that there are not.
func prefixes() []Case {
	zero, long := prefix(unspecified, 0, 0, 0), prefix(unspecified, 129, 0, 0)
	request := func(options ...[]byte) []byte { return byClient(dhcpv6.MessageTypeRequest, serverID, options...) }
	burn := Case{Name: "pd-solicit-burn/1,000 Solicits", Check: sameOffer}
	for i := range 1000 {
		burn.Datagrams = append(burn.Datagrams, message(dhcpv6.MessageTypeSolicit, i, text(codeClientID, clientID), pd(1)))
	}
	return []Case{
		one("pd-hint-zero/twice", "", solicit(pd(1, zero, zero))),
		one("pd-hint-zero/in two IAs", "", solicit(pd(1, zero, zero), pd(2, zero, zero))),
		one("pd-hint-zero/in a Request", "", request(pd(1, zero, zero))),
		one("pd-hint-zero/in a Renew", "", byClient(dhcpv6.MessageTypeRenew, serverID, pd(1, zero, zero))),
		one("pd-hint-zero/in a Release", "", byClient(dhcpv6.MessageTypeRelease, serverID, pd(1, zero, zero))),
		one("pd-hint-zero/in a Decline", "", byClient(dhcpv6.MessageTypeDecline, serverID, pd(1, zero))),
		burn,
		one("prefix-length-129/in a Solicit", "", solicit(pd(1, long)), codePrefix),
		one("prefix-length-129/in a Request", "", request(pd(1, long, prefix(unspecified, 255, 1, 1))), codePrefix),
		one("prefix-length-129/in a Release", "", byClient(dhcpv6.MessageTypeRelease, serverID, pd(1, long)), codePrefix),
	}
}
