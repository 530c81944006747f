package optiontext

import (
	"strconv"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"a single value": {
			"2001:db8::53",
			`x.yml:1:1: got a single value, want a map of options, such as dns_servers: 2001:db8::53`,
		},
		"a list of values": {
			"- 23",
			`x.yml:1:3: got a single value, want a map of options, such as dns_servers: 2001:db8::53`,
		},
		"nothing": {"", `x.yml:1:1: no option is given, want at least one`},
		"an unknown name": {
			"dns_server: 2001:db8::53",
			`x.yml:1:1: unknown option "dns_server", did you mean "dns_servers"? (known: ` + strings.Join(names(), ", ") + `)`,
		},
		"a code that is too large":  {"70000: x", `x.yml:1:1: 70000: want 0 to 65535`},
		"a code with leading zeros": {"023: x", `x.yml:1:1: "023" has leading zeros, write 23`},
		"a value of another kind": {
			"dns_servers: ns.example.net",
			`x.yml:1:14: dns_servers: "ns.example.net" is not an IPv6 address (option 23 (dns_servers) is a list of IPv6 addresses)`,
		},
		"each of several values": {
			"22: [x, y]",
			"x.yml:1:6: 22: \"x\" is not an IPv6 address (option 22 (sip_server_a) is a list of IPv6 addresses)\n" +
				"x.yml:1:9: 22: \"y\" is not an IPv6 address (option 22 (sip_server_a) is a list of IPv6 addresses)",
		},
		"errors of several options": {
			"23: x\n24: 'a b..c'\n",
			"x.yml:1:5: 23: \"x\" is not an IPv6 address (option 23 (dns_servers) is a list of IPv6 addresses)\n" +
				"x.yml:2:8: 24: domain name \"b..c\": a label is empty (option 24 (domain_list) is a list of domain names)",
		},
		"a type that is not the option's": {
			"23: {type: string, value: x}",
			`x.yml:1:12: type: option 23 (dns_servers) is a list of IPv6 addresses, not of type "string"`,
		},
		"hexadecimal that is not of the kind": {
			"23: {type: hex, value: '0102'}",
			`x.yml:1:24: value: 0102 is not a list of IPv6 addresses (option 23 (dns_servers) is a list of IPv6 addresses)`,
		},
		"an unknown type": {
			"239: {type: text, value: x}",
			`x.yml:1:13: type: unknown type "text" (known: address, addresses, name, names, string, strings, url, urls, uint8, uint16, uint32, seconds, hex, options, empty)`,
		},
		"no type where none is known": {
			"239: x",
			`x.yml:1:6: 239: option 239: its form is not known here, write it as type: and value: (types: address, addresses, name, names, string, strings, url, urls, uint8, uint16, uint32, seconds, hex, options, empty)`,
		},
		"a type without value":      {"239: {type: string}", `x.yml:1:6: 239: option 239: no value is given, want a text`},
		"no value":                  {"dns_servers:", `x.yml:1:13: dns_servers: option 23 (dns_servers): no value is given, want a list of IPv6 addresses`},
		"a code without value":      {"code: 23", `x.yml:1:1: option 23 (dns_servers): no value is given, want a list of IPv6 addresses`},
		"an unknown key beside it":  {"{code: 23, values: x}", `x.yml:1:12: unknown key "values", did you mean "value"? (known: code, type, value)`},
		"an empty list":             {"23: []", `x.yml:1:5: 23: the list is empty, want at least one address (option 23 (dns_servers) is a list of IPv6 addresses)`},
		"an empty text":             {"239: {type: string, value: ''}", `x.yml:1:28: value: the text is empty, want at least one character`},
		"a text in a list is empty": {"60: [a, '']", `x.yml:1:9: 60: the text is empty, want at least one character (option 60 (bootfile_param) is a list of texts)`},
		"no octet":                  {"239: {type: hex, value: ''}", `x.yml:1:25: value: no data is given, want at least one octet`},
		"half an octet":             {"239: {type: hex, value: abc}", `x.yml:1:25: value: "abc" is not hexadecimal, want octets such as 0a1b2c or 0a:1b:2c`},
		"a number that is too large": {
			"239: {type: uint8, value: 256}",
			`x.yml:1:27: value: 256: want 0 to 255`,
		},
		"a value where none can be": {"148: 5", `x.yml:1:6: 148: want no value, or true (option 148 (addr_reg_enable) is without value)`},
		"the same code twice": {
			"- 23: 2001:db8::1\n- dns_servers: 2001:db8::2\n",
			`x.yml:2:3: option 23 (dns_servers) stands twice, first at x.yml:1:3`,
		},
		"the same enterprise twice": {
			"17: [{enterprise: 9, hex: '01'}, {enterprise: 9, hex: '02'}]",
			`x.yml:1:1: option 17 (vendor_opts) of enterprise 9 stands twice, first at x.yml:1:1`,
		},
		"one of the server's": {
			"ia_na: x",
			`x.yml:1:1: option 3 (ia_na) cannot be set: leases come from plugins such as pool, prefix and hosts`,
		},
		"one of the server's by code": {
			"code: 18\nvalue: x",
			`x.yml:1:7: code: option 18 (interface_id) cannot be set: it belongs to relay agents`,
		},
		"a time that is too short": {
			"sol_max_rt: 10s",
			`x.yml:1:13: sol_max_rt: "10s" is too short (option 82 (sol_max_rt) is a time of 1m0s to 24h0m0s)`,
		},
		"a time that is too long": {
			"inf_max_rt: 2d",
			`x.yml:1:13: inf_max_rt: "2d" is too long (option 83 (inf_max_rt) is a time of 1m0s to 24h0m0s)`,
		},
		"a name of a zone where a POSIX one is wanted": {
			"41: Europe/Berlin",
			`x.yml:1:5: 41: "Europe/Berlin" does not fit (option 41 (new_posix_timezone) is a POSIX time zone such as CET-1CEST,M3.5.0,M10.5.0/3)`,
		},
		"a POSIX zone where a name is wanted": {
			"42: CET-1CEST,M3.5.0,M10.5.0/3",
			`x.yml:1:5: 42: "CET-1CEST,M3.5.0,M10.5.0/3" does not fit (option 42 (new_tzdb_timezone) is a time zone name such as Europe/Berlin)`,
		},
		"a URL without host": {
			"captive_portal: https:///api",
			`x.yml:1:17: captive_portal: "https:///api" has no host (option 103 (captive_portal) is a URL)`,
		},
		"several names where one is wanted": {
			"aftr_name: a.example b.example",
			`x.yml:1:12: aftr_name: domain name "a.example b.example": ' ' cannot be in a name (option 64 (aftr_name) is a domain name)`,
		},
		"an empty list of vendor options": {"17: []", `x.yml:1:5: 17: the list is empty, want at least one map`},
		"vendor options without enterprise": {
			"17: {options: {1: {type: empty}}}",
			`x.yml:1:5: 17: key "enterprise" is missing`,
		},
		"vendor options and data": {
			"17: {enterprise: 1, options: {1: {type: empty}}, hex: '01'}",
			`x.yml:1:5: 17: want either options or hex`,
		},
		"a vendor option without type": {
			"17: {enterprise: 1, options: {1: x}}",
			`x.yml:1:34: 1: the form of a vendor's option is not known, write it as type: and value: (types: ` + kindNames() + `)`,
		},
		"a vendor option without value": {
			"17: {enterprise: 1, options: {1: {type: string}}}",
			`x.yml:1:34: 1: no value is given, want a text`,
		},
		"a vendor option twice": {
			"17: {enterprise: 1, options: {1: {type: empty}, 0x1: {type: empty}}}",
			`x.yml:1:49: options: option 1 stands twice`,
		},
		"a vendor option by name": {
			"17: {enterprise: 1, options: {tftp: {type: empty}}}",
			`x.yml:1:31: options: "tftp" is not a whole number`,
		},
		"no vendor option":       {"17: {enterprise: 1, options: {}}", `x.yml:1:30: options: no option is given, want at least one`},
		"a vendor class of none": {"16: {enterprise: 1, classes: []}", `x.yml:1:30: classes: the list is empty, want at least one text`},
		"a resolver without name": {
			"144: {addresses: '2001:db8::53', alpn: dot}",
			`x.yml:1:6: 144: key "name" is missing`,
		},
		"a resolver without protocol": {
			"144: {name: d.example, addresses: '2001:db8::53'}",
			`x.yml:1:6: 144: key "alpn" is missing, want the protocols of the resolver, such as dot, doq or h2`,
		},
		"a resolver over HTTP without path": {
			"144: {name: d.example, addresses: '2001:db8::53', alpn: h2}",
			`x.yml:1:6: 144: key "dohpath" is missing, want the path for HTTP, such as /dns-query{?dns}`,
		},
		"a path without variable": {
			"144: {name: d.example, addresses: '2001:db8::53', alpn: h2, dohpath: /dns-query}",
			`x.yml:1:70: dohpath: "/dns-query": want a path with the variable dns, such as /dns-query{?dns}`,
		},
		"protocols without addresses": {
			"144: {name: d.example, alpn: dot}",
			`x.yml:1:6: 144: alpn, port and dohpath go with addresses`,
		},
		"a protocol without name": {
			"144: {name: d.example, addresses: '2001:db8::53', alpn: [dot, '']}",
			`x.yml:1:57: alpn: "": 0 octets, want 1 to 255`,
		},
		"a POSIX zone with a space": {
			"41: CET-1 CEST",
			`x.yml:1:5: 41: "CET-1 CEST" does not fit (option 41 (new_posix_timezone) is a POSIX time zone such as CET-1CEST,M3.5.0,M10.5.0/3)`,
		},
		"a time source on the own interface": {
			"56: ff01::101",
			`x.yml:1:5: 56: "ff01::101" reaches no other machine (option 56 (ntp_server) is a list of addresses and domain names)`,
		},
		"a resolver that is no name": {"144: '2001:db8::53'", `x.yml:1:6: 144: "2001:db8::53" is an address, want a domain name`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decode(tc.yaml)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got  %v (%s)\nwant %s", err, got, tc.want)
			}
		})
	}
}

// TestTheProtocolsOptionsCannotBeSet names all that a configuration must not
// set, by code and by name.
func TestTheProtocolsOptionsCannotBeSet(t *testing.T) {
	for _, k := range reserved() {
		for _, key := range []string{k.name, strconv.Itoa(int(k.code))} {
			_, err := decode(key + ": {type: hex, value: '01'}")
			if err == nil || !strings.Contains(err.Error(), "cannot be set") {
				t.Errorf("%s: got %v, want that it cannot be set", key, err)
			}
		}
	}
}

func TestHexadecimalIsCheckedForItsForm(t *testing.T) {
	const db8 = "20010db8000000000000000000000053"
	const name = "000b0164076578616d706c6500"
	for what, tc := range map[string]struct {
		yaml  string
		right bool
	}{
		"an address":                              {"23: " + db8, true},
		"an address and a half":                   {"23: " + db8 + "2001", false},
		"a name":                                  {"64: 0161076578616d706c6500", true},
		"a name that breaks off":                  {"64: 01610765", false},
		"two names where one is wanted":           {"64: 016100016200", false},
		"two names":                               {"24: 016100016200", true},
		"a compressed name":                       {"24: 0161c000", false},
		"texts":                                   {"60: 00016100026263", true},
		"a text that breaks off":                  {"60: 000261", false},
		"half a length":                           {"60: 00016100", false},
		"a time":                                  {"82: 00000e10", true},
		"a time that is too short":                {"82: 00000001", false},
		"a time of 16 bits":                       {"82: 0e10", false},
		"a URL":                                   {"59: 687474703a2f2f612f", true},
		"a text that is no URL":                   {"59: 6162", false},
		"a zone":                                  {"41: 55544330", true},
		"a text that is no zone":                  {"41: '5554'", false},
		"a vendor class":                          {"16: 00000157000161", true},
		"a vendor class of none":                  {"16: '00000157'", false},
		"a resolver by name":                      {"144: 0001" + name, true},
		"a resolver":                              {"144: 0001" + name + "0010" + db8 + "0001000403646f74", true},
		"a resolver whose name breaks off":        {"144: 0001000b0164", false},
		"a resolver without address":              {"144: 0001" + name + "0000", false},
		"a resolver whose address breaks off":     {"144: 0001" + name + "0010" + db8[:30], false},
		"a resolver with hints":                   {"144: 0001" + name + "0010" + db8 + "00060010" + db8, false},
		"a resolver with parameters out of order": {"144: 0001" + name + "0010" + db8 + "000300020355" + "0001000403646f74", false},
		"a resolver whose parameter breaks off":   {"144: 0001" + name + "0010" + db8 + "00010004", false},
	} {
		t.Run(what, func(t *testing.T) {
			code, data, _ := strings.Cut(tc.yaml, ": ")
			_, err := decode(code + ": {type: hex, value: '" + strings.Trim(data, "'") + "'}")
			if (err == nil) != tc.right {
				t.Errorf("got %v, want an error: %v", err, !tc.right)
			}
		})
	}
}
