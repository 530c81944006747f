package optiontext

import (
	"encoding/hex"
	"testing"

	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/strict"
)

// decode reads the options in a YAML text and gives them in hexadecimal, one
// behind the other.
func decode(yaml string) (string, error) {
	n, err := strict.Parse("x.yml", []byte(yaml))
	if err != nil {
		return "", err
	}
	var v Values
	if err := strict.Decode(n, &v); err != nil {
		return "", err
	}
	var wire []byte
	for _, o := range v {
		wire = o.Append(wire)
	}
	return hex.EncodeToString(wire), nil
}

func TestEncodings(t *testing.T) {
	const db8 = "20010db80000000000000000000000"
	for name, tc := range map[string]struct{ yaml, want string }{
		"an address by name":             {"dns_servers: 2001:db8::53", "00170010" + db8 + "53"},
		"a name with hyphens":            {"DNS-Servers: 2001:db8::53", "00170010" + db8 + "53"},
		"addresses on one line":          {"23: 2001:db8::53 2001:db8::54", "00170020" + db8 + "53" + db8 + "54"},
		"addresses in a list":            {"22: ['2001:db8::5', '2001:db8::6']", "00160020" + db8 + "05" + db8 + "06"},
		"the type of one for many":       {"23: {type: address, value: '2001:db8::53'}", "00170010" + db8 + "53"},
		"hexadecimal that fits":          {"23: {type: hex, value: " + db8 + "53}", "00170010" + db8 + "53"},
		"names":                          {"domain_list: example.net a.example.", "00180018076578616d706c65036e6574000161076578616d706c6500"},
		"a code of unknown form":         {"239: {type: string, value: 'http://x/'}", "00ef0009" + "687474703a2f2f782f"},
		"code, type and value":           {"code: 0xef\ntype: uint16\nvalue: 513", "00ef00020201"},
		"a list of maps":                 {"- code: 42\n  value: UTC\n- 41: UTC0\n", "002a0003555443" + "0029000455544330"},
		"numbers of 8 and 32 bits":       {"240: {type: uint8, value: 7}\n241: {type: uint32, value: 1}", "00f0000107" + "00f1000400000001"},
		"a time":                         {"sol_max_rt: 2h", "0052000400001c20"},
		"infinity":                       {"32: infinity", "00200004ffffffff"},
		"octets with colons":             {"240: {type: hex, value: '0a:1:ff'}", "00f000030a01ff"},
		"a URL that is expanded later":   {"59: 'http://[2001:db8::2]/x?mac=${net0/mac}'", "003b0026" + hex.EncodeToString([]byte("http://[2001:db8::2]/x?mac=${net0/mac}"))},
		"no captive portal":              {"103: urn:ietf:params:capport:unrestricted", "00670024" + hex.EncodeToString([]byte("urn:ietf:params:capport:unrestricted"))},
		"texts with lengths":             {"bootfile_param: [ab, c d]", "003c0009" + "00026162" + "0003632064"},
		"URLs with lengths":              {"136: ['https://a/']", "0088000c" + "000a68747470733a2f2f612f"},
		"option of no length":            {"addr_reg_enable:", "00940000"},
		"option of no length as true":    {"addr_reg_enable: true", "00940000"},
		"an unknown one of no length":    {"240: {type: empty}", "00f00000"},
		"a list that may be empty":       {"88: []", "00580000"},
		"a vendor class":                 {"vendor_class: {enterprise: 343, classes: HTTPClient}", "00100010" + "00000157" + "000a48545450436c69656e74"},
		"vendor options":                 {"17: {enterprise: 4491, options: {1: {type: uint8, value: 5}, 0x21: {type: empty}}}", "0011000d" + "0000118b" + "0001000105" + "00210000"},
		"vendor options within options":  {"17: {enterprise: 1, options: {1: {type: options, value: {2: {type: hex, value: ff}}}}}", "0011000d" + "00000001" + "00010005" + "00020001ff"},
		"vendor data":                    {"17: {enterprise: 1, hex: 0102}", "0011000600000001" + "0102"},
		"vendor options of two":          {"17: [{enterprise: 1, hex: '01'}, {enterprise: 2, hex: '02'}]", "00110005" + "0000000101" + "00110005" + "0000000202"},
		"a time source of each kind":     {"ntp_server: 2001:db8::7b ff05::101 ntp.example", "00380014" + "00010010" + db8 + "7b" + "00380014" + "00020010" + "ff050000000000000000000000000101" + "00380011" + "0003000d" + "036e7470076578616d706c6500"},
		"a resolver by name":             {"144: d.example", "0090000f" + "0001" + "000b" + "0164076578616d706c6500"},
		"resolvers":                      {"v6_dnr:\n- {name: d.example, addresses: '2001:db8::53', alpn: dot h2, port: 853, dohpath: '/q{?dns}'}\n- {name: d.example, priority: 9}", "0090003e" + "0001" + "000b" + "0164076578616d706c6500" + "0010" + db8 + "53" + "00010007" + "03646f74026832" + "000300020355" + "00070008" + "2f717b3f646e737d" + "0090000f" + "0009" + "000b" + "0164076578616d706c6500"},
		"a form that is not modelled":    {"s46_cont_mape: {type: options, value: {90: {type: address, value: '2001:db8::1'}}}", "005e0014" + "005a0010" + db8 + "01"},
		"two codes in a map of the list": {"- 41: UTC0\n  42: UTC\n", "0029000455544330" + "002a0003555443"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decode(tc.yaml)
			if err != nil || got != tc.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, tc.want)
			}
		})
	}
}

// TestNamesAreThoseOfTheConfiguration compares with the names that always,
// never and relay_supplied take.
func TestNamesAreThoseOfTheConfiguration(t *testing.T) {
	for _, k := range settable() {
		var c config.Code
		if err := c.UnmarshalText([]byte(k.name)); err == nil && uint16(c) != k.code {
			t.Errorf("%s is %d here, %d there", k.name, k.code, c)
		}
	}
	for code := range config.Code(1000) {
		k, ok := byCode(uint16(code))
		if name := code.String(); ok && k.name != "" && len(name) > 5 && name != k.String()[len("option "):] {
			t.Errorf("%d is %s here, %s there", code, k, name)
		}
	}
}

func TestEachCodeAndNameStandsOnce(t *testing.T) {
	codes, names := map[uint16]bool{}, map[string]bool{}
	for _, k := range append(settable(), reserved()...) {
		if codes[k.code] || names[k.name] {
			t.Errorf("%s stands twice", k)
		}
		codes[k.code], names[k.name] = true, true
	}
}
