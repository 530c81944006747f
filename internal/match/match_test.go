package match_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/match"
)

// client is what the facts of the tests are read from.
type client struct {
	userClass, vendorClass [][]byte
	arch                   []int
	stage, host            string
	vendor                 []byte
	hops                   int
	known                  bool
	mac, duid              []byte
	link                   netip.Addr
	tags                   []string
	requested              []int
	uuid                   ident.UUID
	relays                 []relay
}

// relay is a relay agent; a client has at most three.
type relay struct {
	hops    int
	link    netip.Addr
	port    string
	id, mac []byte
	trusted bool
}

// level gives a relay agent, from the other end by a negative number.
func (c *client) level(i int) relay {
	if i < 0 {
		i += len(c.relays)
	}
	if i < 0 || i >= len(c.relays) {
		return relay{}
	}
	return c.relays[i]
}

func declareLevel(f *match.Facts[*client], i int) {
	f.Int("hops", "hop count", func(c *client) int { return c.level(i).hops })
	f.Addr("link", "link-address", func(c *client) netip.Addr { return c.level(i).link })
	f.String("port", "port", func(c *client) string { return c.level(i).port })
	f.Bytes("id", "interface-id", func(c *client) []byte { return c.level(i).id })
	f.Octets("mac", "of the client", func(c *client) []byte { return c.level(i).mac })
	f.Bool("trusted", "is trusted", func(c *client) bool { return c.level(i).trusted })
}

func facts() *match.Facts[*client] {
	var f match.Facts[*client]
	f.Strings("user_class", "what the client says that it is",
		func(c *client) int { return len(c.userClass) }, func(c *client, i int) []byte { return c.userClass[i] })
	f.Strings("vendor_class", "what the maker says that it is",
		func(c *client) int { return len(c.vendorClass) }, func(c *client, i int) []byte { return c.vendorClass[i] })
	f.Ints("arch", "client architectures", map[string][]int{"x86_64": {7, 9}, "arm64": {11}},
		func(c *client) int { return len(c.arch) }, func(c *client, i int) int { return c.arch[i] })
	f.Choice("stage", "where the machine is", []string{"unknown", "firmware", "loader", "installer", "final"},
		func(c *client) string { return c.stage })
	f.String("host", "name of the host", func(c *client) string { return c.host })
	f.Bytes("vendor", "text of the maker", func(c *client) []byte { return c.vendor })
	f.Int("hops", "number of relays", func(c *client) int { return c.hops })
	f.Bool("known", "is a known host", func(c *client) bool { return c.known })
	f.Octets("mac", "link-layer address", func(c *client) []byte { return c.mac })
	f.Octets("duid", "client identifier", func(c *client) []byte { return c.duid })
	f.Addr("link_address", "of the relay", func(c *client) netip.Addr { return c.link })
	f.Set("tag", "tags", func(c *client, tag string) bool { return slices.Contains(c.tags, tag) })
	f.Func("requested", "asks for an option", func(c *client, code int) bool { return slices.Contains(c.requested, code) })
	f.Func("double", "twice", func(i int) int { return 2 * i })
	f.Func("fails", "never works", func(string) (bool, error) { return false, errors.New("out of order") })
	f.Func("panics", "never works either", func(*client) bool { panic("oh no") })
	f.UUID("uuid", "of the machine", func(c *client) ident.UUID { return c.uuid })
	f.Records("relay", "N", "relay agents", -3, 2, declareLevel, func(c *client) int { return len(c.relays) })
	f.Records("option", "CODE", "options", 1, 9, func(f *match.Facts[*client], i int) {
		f.Bool("present", "is there", func(c *client) bool { return slices.Contains(c.requested, i) })
	}, nil)
	return &f
}

func sample() *client {
	return &client{
		userClass:   [][]byte{[]byte("iPXE"), []byte("anaconda-42")},
		vendorClass: [][]byte{[]byte("HTTPClient:Arch:00016:UNDI:003001")},
		arch:        []int{16, 7},
		stage:       "loader", host: "web01", vendor: []byte("PXEClient"), hops: 2, known: true,
		mac: []byte{0x52, 0x54, 0, 0xaa, 0xbb, 1}, duid: []byte{0, 4, 1, 2},
		link: netip.MustParseAddr("2001:db8:10::1%eth0"), tags: []string{"anaconda", "with-hyphen"},
		requested: []int{5, 23, 59},
		uuid:      ident.UUID{0x44, 0x45, 0x4c, 0x4c, 0x42, 0, 0x10, 0x35, 0x80, 0x52, 0xb4, 0xc0, 0x4f, 0x4a, 0x31, 0x32},
		relays: []relay{
			{0, netip.IPv6Unspecified(), "ge0", []byte("ge-0/0/1"), []byte{0x52, 0x54, 0, 0xaa, 0xbb, 1}, false},
			{1, netip.MustParseAddr("2001:db8:20::1"), "", nil, nil, true},
		},
	}
}

// evalCase is an expression and what it says of the sample.
type evalCase struct {
	src        string
	want, fast bool
}

func evalCases() []evalCase {
	return []evalCase{
		{`user_class == "iPXE"`, true, true},
		{`user_class != "iPXE"`, false, true},
		{`user_class != "other"`, true, true},
		{`"iPXE" == user_class`, true, true},
		{`"iPXE" in user_class`, true, true},
		{`"ipxe" not in user_class`, true, true},
		{`user_class in ["x", "iPXE"]`, true, true},
		{`user_class in ["x", "y"]`, false, true},
		{`user_class startsWith "anaconda"`, true, true},
		{`user_class endsWith "42"`, true, true},
		{`user_class contains "con"`, true, true},
		{`user_class not contains "con"`, false, true},
		{`user_class matches "^a.*-[0-9]+$"`, true, true},
		{`user_class == "anaconda" or vendor_class startsWith "HTTPClient"`, true, true},
		{`len(user_class) > 1`, true, true},
		{`1 < len(user_class)`, true, true},
		{`any(user_class, # startsWith "iP")`, true, false},
		{`count(user_class, len(#) > 4) == 1`, true, false},
		{`any(user_class, lower(#) == "ipxe")`, true, false},
		{`host in user_class`, false, false},

		{`tag.anaconda`, true, true},
		{`not tag.anaconda`, false, true},
		{`!tag.other`, true, true},
		{`"anaconda" in tag`, true, true},
		{`"other" not in tag`, true, true},
		{`tag["with-hyphen"]`, true, true},
		{`tag.anaconda == true`, true, true},
		{`tag.anaconda == false`, false, true},
		{`tag?.anaconda`, true, false},
		{`tag[host]`, false, false},
		{`(known ? 1 : 2) == 1`, true, false},
		{`host[0:3] == "web"`, true, false},
		{`known ? tag.anaconda : tag.other`, true, false},

		{`stage == "loader"`, true, true},
		{`stage in ["final", "loader"]`, true, true},
		{`stage != ""`, true, true},
		{`vendor == "PXEClient"`, true, true},
		{`vendor startsWith "PXE"`, true, true},
		{`host < "web02"`, true, false},
		{`host + "x" == "web01x"`, true, false},
		{`host in ["a","b","c","d","e","f","g","h","web01"]`, true, true},
		{`vendor in ["a","b","c","d","e","f","g","h","PXEClient"]`, true, true},

		{`hops == 2 and hops < 3 and hops >= 2`, true, true},
		{`1 < hops < 3`, true, true},
		{`hops in 1..2`, true, true},
		{`hops in [-1, 3]`, false, true},
		{`double(hops) == 4`, true, false},
		{`hops * 2 == 4`, true, false},
		{`known and true`, true, true},

		{`arch == "x86_64"`, true, true},
		{`arch == 7`, true, true},
		{`arch != "arm64"`, true, true},
		{`arch in ["arm64", 16]`, true, true},
		{`"x86_64" in arch`, true, true},
		{`any(arch, # > 15)`, true, false},
		{`hops in arch`, false, false},

		{`mac == "52:54:00:AA:bb:01"`, true, true},
		{`mac == "525400aabb01"`, true, true},
		{`mac == "52-54-00-aa-bb-01"`, true, true},
		{`mac startsWith "52:54:00:"`, true, true},
		{`mac contains "aa:bb"`, true, true},
		{`mac in ["52:54:00:aa:bb:02", "525400aabb01"]`, true, true},
		{`mac matches ":0[12]$"`, true, false},
		{`mac != ""`, true, true},
		{`duid startsWith "0004"`, true, true},

		{`link_address == "2001:DB8:10:0::1"`, true, true},
		{`link_address in "2001:db8:10::/64"`, true, true},
		{`link_address not in "2001:db8:10::/64"`, false, true},
		{`link_address in ["2001:db8:10::2", "fe80::/10", "2001:db8::/32"]`, true, true},
		{`link_address in ["2001:db8:10::2", "2001:db8:10::3"]`, false, true},
		{`within(link_address, "2001:db8:10::/64")`, true, true},
		{`link_address == ""`, false, true},

		{`requested(23)`, true, true},
		{`requested(hops)`, false, false},
		{`requested(23) and not requested(24)`, true, true},
		{"known and\n\ttag.anaconda // a comment", true, true},

		{`uuid == "4c4c4544-0042-3510-8052-b4c04f4a3132"`, true, true},
		{`uuid == "44454C4C420010358052b4c04f4a3132"`, true, true},
		{`uuid in ["00000000-0000-0000-0000-000000000001", "4c4c4544-0042-3510-8052-b4c04f4a3132"]`, true, true},
		{`uuid != "4c4c4544-0042-3510-8052-b4c04f4a3133"`, true, true},
		{`uuid == ""`, false, true},
		{`lower(uuid) contains "b4c04f4a3132"`, true, false},

		{`relay[0].id == "ge-0/0/1"`, true, true},
		{`relay[0].id startsWith "ge-" and relay[1].id == ""`, true, true},
		{`relay[0].mac startsWith "52:54"`, true, true},
		{`relay[1].link == "2001:db8:20::1"`, true, true},
		{`relay[1].link in "2001:db8:20::/64"`, true, true},
		{`relay[1].link in ["fe80::1", "2001:db8:20::/64"]`, true, true},
		{`within(relay[-1].link, "2001:db8:20::/64")`, true, true},
		{`relay[-1].hops == 1 and relay[-2].hops == 0`, true, true},
		{`relay[2].link == "" and relay[2].id == "" and relay[2].hops == 0 and not relay[2].trusted`, true, true},
		{`relay[-3].link == ""`, true, true},
		{`relay[1].trusted`, true, true},
		{`relay[0].trusted == true`, false, true},
		{`1 == relay[1].hops`, true, true},
		{`0 < relay[1].hops < 2`, true, true},
		{`relay[1].hops in 1..2`, true, true},
		{`relay[1]["hops"] == 1`, true, true},
		{`relay[1].hops == relay[0].hops + 1`, true, false},
		{`relay[0].port == host`, false, false},
		{`relay[0]?.hops == 0`, true, false},
		{`upper(relay[0].id) == "GE-0/0/1"`, true, false},
		{`any(user_class, # == relay[0].id)`, false, false},
		{`relay[0].port in user_class`, false, false},

		{`relay.id == "ge-0/0/1"`, true, true},
		{`"ge-0/0/1" in relay.id`, true, true},
		{`relay.id != "ge-0/0/1"`, false, true},
		{`relay.id == ""`, true, true},
		{`relay.id in ["a", "b"]`, false, true},
		{`relay.link in "2001:db8:20::/64"`, true, true},
		{`within(relay.link, "2001:db8:21::/64")`, false, true},
		{`relay.hops > 1`, false, true},
		{`relay.mac == "52:54:00:aa:bb:01"`, true, true},
		{`relay.mac matches "^52"`, true, false},
		{`relay.trusted`, true, true},
		{`not relay.trusted`, false, true},
		{`relay.trusted == false`, true, true},
		{`known and relay.trusted`, true, true},
		{`known ? relay.trusted : relay.hops == 7`, true, false},

		{`option[5].present and not option[6].present`, true, true},
	}
}

func TestEval(t *testing.T) {
	for _, tt := range evalCases() {
		t.Run(tt.src, func(t *testing.T) {
			p, err := match.Compile(tt.src, facts())
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Eval(sample())
			if err != nil || got != tt.want {
				t.Errorf("got %v, %v, want %v", got, err, tt.want)
			}
			if p.Fast() != tt.fast {
				t.Errorf("fast is %v, want %v", p.Fast(), tt.fast)
			}
			for _, c := range []*client{sample(), {}, crowd()} {
				agree(t, p, c)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{``, `1:1: the expression is empty`},
		{`  `, `1:1: the expression is empty`},
		{`user_clas == "x"`, `1:1: unknown name "user_clas", did you mean "user_class"?`},
		{`arhc == 7`, `1:1: unknown name "arhc", did you mean "arch"?`},
		{`stage == final`, `1:10: unknown name "final": a text goes in quotes; the known names are arch, double, duid, fails, hops, host, known, link_address, mac, option, panics, relay, requested, stage, tag, user_class, uuid, vendor, vendor_class`},
		{`stage = "final"`, `1:7: unexpected "=", write == to compare`},
		{`stage == "lodaer"`, `1:10: stage is never "lodaer", did you mean "loader"? (it is one of "unknown", "firmware", "loader", "installer", "final")`},
		{`stage ==`, `1:8: the expression ends too early`},
		{`user_class`, `1:1: user_class is a list of strings, not a condition: compare it with something`},
		{`user_class == 5`, `1:15: user_class is a list of strings: compare it with a text in quotes`},
		{`user_class < "x"`, `1:12: user_class is a list of strings, for which there is no <: write any(user_class, # < ...)`},
		{`user_class == host`, `1:12: user_class is a list of strings, which is compared with constants, the list on the left; for more write any(user_class, # ...)`},
		{`"x" startsWith user_class`, `1:5: user_class is a list of strings, which is compared with constants, the list on the left; for more write any(user_class, # ...)`},
		{`user_class == vendor_class`, `1:12: user_class is a list of strings, which is compared with constants, the list on the left; for more write any(user_class, # ...)`},
		{`user_class in []`, `1:15: the list is empty, nothing is in it`},
		{`user_class in host`, `1:12: host is a string, and holds nothing that something could be in`},
		{`not user_class == "x"`, `1:1: user_class is a list of strings, not a condition: write not (user_class ...) with a comparison inside`},
		{`!user_class == "x"`, `1:1: user_class is a list of strings, not a condition: write not (user_class ...) with a comparison inside`},
		{`tag.x == "y"`, `1:7: tag.x is true or false: write tag.x or not tag.x`},
		{`tag`, `1:1: tag is a set: write tag.name, or tag["any-name"]`},
		{`tag == "x"`, `1:1: tag is a set: write tag.name, or tag["any-name"]`},
		{`len(tag) == 1`, `1:5: tag is a set: write tag.name, or tag["any-name"]`},
		{`tag("x")`, `1:1: tag is a set: write tag.name, or tag["any-name"]`},
		{`tag.with-hyphen`, `1:9: a word with a hyphen goes in brackets: tag["with-hyphen"]`},
		{`tag[5]`, `1:5: tag is a set of words: want one in quotes`},
		{`5 in tag`, `1:1: tag is a set of words: want one in quotes`},
		{`tag.x.y`, `1:7: only a set has names and elements inside; for a list write any(list, # ...)`},
		{`arch > "x"`, `1:6: arch is a list of integers, for which there is no >: write ==, != or in, or any(arch, # > ...)`},
		{`arch > 5`, `1:6: arch is a list of integers, for which there is no >: write ==, != or in, or any(arch, # > ...)`},
		{`arch == "x86"`, `1:9: arch has no name "x86", did you mean "x86_64"? (known: "arm64", "x86_64")`},
		{`arch == 7.5`, `1:9: arch is a list of integers: compare it with a number without quotes`},
		{`hops == "2"`, `1:9: hops is an integer: compare it with a number without quotes`},
		{`hops startsWith 2`, `1:6: hops is an integer, for which there is no startsWith: write ==, !=, <, <=, >, >= or in`},
		{`hops in "x".."y"`, `1:9: hops is an integer: compare it with a number without quotes`},
		{`len(1..1000) > 1`, `1:6: a range can only stand behind in, as in: x in 1..5`},
		{`known == "yes"`, `1:7: known is true or false: write known or not known`},
		{`known < true`, `1:7: known is true or false: write known or not known`},
		{`mac == "52:54:0"`, `1:8: "52:54:0": want whole octets in hexadecimal, such as 52:54:00`},
		{`mac startsWith "52:54:0"`, `1:16: "52:54:0": want whole octets in hexadecimal, such as 52:54:00`},
		{`mac == "zz"`, `1:8: "zz": want whole octets in hexadecimal, such as 52:54:00`},
		{`mac < "52"`, `1:5: mac is octets in hexadecimal, for which there is no <: write ==, !=, in, startsWith, endsWith, contains or matches`},
		{`link_address == "2001:db8::/64"`, `1:17: link_address: "2001:db8::/64" is a prefix: write in`},
		{`link_address in "2001:db8::1/64"`, `1:17: link_address: "2001:db8::1/64" has bits set behind its length, want "2001:db8::/64"`},
		{`link_address in "nonsense"`, `1:17: link_address: "nonsense": want an address or a prefix`},
		{`link_address startsWith "2001"`, `1:14: link_address is an address, for which there is no startsWith: write ==, != or in, such as: in "2001:db8::/64"`},
		{`within(link_address)`, `1:1: want an address and a prefix in quotes: within(address, "2001:db8::/64")`},
		{`within(host, "2001:db8::/64")`, `1:1: want an address and a prefix in quotes: within(address, "2001:db8::/64")`},
		{`host matches "("`, "1:14: regular expression: missing closing ): `(`"},
		{`host matches host`, `1:14: the regular expression has to be a constant`},
		{`host matches "((a{100}){10}){10}"`, "1:14: regular expression: invalid repeat count: `{10}`"},
		{`host matches "(a{1000}b{1000})"`, `1:14: the regular expression has about 4002 instructions, want at most 1000`},
		{`host == nil`, `1:9: a fact is never nil: compare with "", 0 or false`},
		{`requested("x")`, `1:11: cannot use string as argument (type integer) to call requested`},
		{`requested()`, `1:1: not enough arguments to call requested`},
		{`requested == 5`, `1:1: requested is a function: write requested(...)`},
		{`requestd(5)`, `1:1: unknown function "requestd", did you mean "requested"?`},
		{`host.foo == "x"`, `1:6: only a set has names and elements inside; for a list write any(list, # ...)`},
		{`host.foo()`, `1:6: there are no methods here`},
		{`$env.host == "x"`, `1:6: only a set has names and elements inside; for a list write any(list, # ...)`},
		{`$value == "x"`, `1:1: unknown name "$value": a text goes in quotes; the known names are arch, double, duid, fails, hops, host, known, link_address, mac, option, panics, relay, requested, stage, tag, user_class, uuid, vendor, vendor_class`},
		{`let x = 1; x == 1`, `1:5: variables, maps, byte strings and sequences cannot be used in match expressions`},
		{`{"a": 1} == {"a": 1}`, `1:1: variables, maps, byte strings and sequences cannot be used in match expressions`},
		{`now() == now()`, `1:1: the function now cannot be used in match expressions`},
		{`map(user_class, #) == []`, `1:1: the function map cannot be used in match expressions`},
		{`any(user_class, any(vendor_class, any(user_class, # == "x")))`, `1:35: any stands inside 2 others like it, want at most 2 deep`},
		{`trim(trim(trim(trim(trim("x"))))) == "x"`, `1:21: calls stand inside calls, want at most 4 deep`},
		{`1 < (hops > 1 ? 1 : 2) < 3`, `1:22: only a name or a constant can be compared on both sides at once: write a < b and b < c`},
		{`host == "` + "\xff" + `"`, `1:1: the expression is not UTF-8`},
		{`1 in [[1]]`, `1:7: a list cannot hold lists`},
		{"known and\n  knwn", `2:3: unknown name "knwn", did you mean "known"?`},
		{`host == "ü" or knwn`, `1:16: unknown name "knwn", did you mean "known"?`},
		{`hops or known`, `1:1: hops is an integer, not a condition: compare it with something`},
		{`known and user_class`, `1:11: user_class is a list of strings, not a condition: compare it with something`},
		{strings.Repeat("(", 101) + "known" + strings.Repeat(")", 101), `1:101: brackets stand inside brackets, want at most 100 deep`},
		{strings.Repeat(" ", 16380) + "known", `1:1: the expression is longer than 16384 bytes`},
		{strings.Repeat("known or ", 1500) + "known", `1:9007: the expression has more than 2000 parts`},
		{`host matches "` + "[" + strings.Repeat("x", 100) + `"`, `1:14: regular expression: missing closing ]`},
		{`hops`, `1:1: hops is an integer, not a condition: compare it with something`},
		{`known and hops`, `1:11: hops is an integer, not a condition: compare it with something`},
		{`host == 5 + 5`, `1:6: invalid operation: == (mismatched types string and integer)`},
		{`"a" in "abc"`, `1:5: invalid operation: in (mismatched types string and string)`},
		{`(known`, `1:6: the expression ends too early`},
		{`known)`, `1:6: unexpected ")"`},
		{`host == 'x`, `1:11: a text has no closing quote`},
		{`(known ? 1 : "x") > 0`, `1:17: this is sometimes of one type and sometimes of another`},
		{`any([1, "x"], # > 0)`, `1:15: this is sometimes of one type and sometimes of another`},
		{`user_class[0] == "x"`, `1:11: only a set has names and elements inside; for a list write any(list, # ...)`},
		{`5 % hops == 1`, `1:3: want a constant other than 0 behind %`},
		{`5 % 0 == 1`, `1:3: want a constant other than 0 behind %`},
		{`uuid == "4c4c4544"`, `1:9: uuid: "4c4c4544" is not a UUID, want one such as 4c4c4544-0042-3510-8052-b4c04f4a3132`},
		{`uuid startsWith "4c4c"`, `1:6: uuid is a UUID, for which there is no startsWith: write ==, != or in`},
		{`relay == 1`, `1:1: relay is a list: write such as relay[0].hops`},
		{`len(relay) == 1`, `1:5: relay is a list: write such as relay[0].hops`},
		{`any(relay, # == 1)`, `1:5: relay is a list: write such as relay[0].hops`},
		{`relay[0] == 1`, `1:6: relay is a list: write such as relay[0].hops`},
		{`relay[0].hosp == 1`, `1:10: relay[0] has no "hosp", did you mean "hops"? (known: hops, id, link, mac, port, trusted)`},
		{`relay.hosp == 1`, `1:7: relay has no "hosp", did you mean "hops"? (known: hops, id, link, mac, port, trusted)`},
		{`relay[3].hops == 1`, `1:7: relay[3]: want a number from -3 to 2`},
		{`relay[-4].hops == 1`, `1:7: relay[-4]: want a number from -3 to 2`},
		{`relay[hops].hops == 1`, `1:7: relay takes a number in brackets, such as relay[0].hops`},
		{`relay[0][1] == 1`, `1:10: want a field of relay, such as relay[0].hops`},
		{`relay[0].hops == "1"`, `1:18: relay[0].hops is an integer: compare it with a number without quotes`},
		{`relay[0].hops`, `1:10: relay[0].hops is an integer, not a condition: compare it with something`},
		{`not relay[0].hops == 1`, `1:1: relay[0].hops is an integer, not a condition: write not (relay[0].hops ...) with a comparison inside`},
		{`not relay.hops == 1`, `1:1: relay.hops is an integer, not a condition: write not (relay.hops ...) with a comparison inside`},
		{`not len(user_class) == 1`, `1:1: len(user_class) is an integer, not a condition: write not (len(user_class) ...) with a comparison inside`},
		{`relay[0].link == "fe80::/64"`, `1:18: relay[0].link: "fe80::/64" is a prefix: write in`},
		{`relay.hops == hops`, `1:7: relay.hops is that of every element: compare it with constants on its right, or write such as relay[0].hops`},
		{`lower(relay.id) == "x"`, `1:13: relay.id is that of every element: compare it with constants on its right, or write such as relay[0].id`},
		{`relay.hops`, `1:7: relay.hops is that of every element: compare it with constants on its right, or write such as relay[0].hops`},
		{`relay.hops in 1..2`, `1:12: want an integer fact before in, and constants around the two dots`},
		{`relays == 1`, `1:1: unknown name "relays", did you mean "relay"?`},
		{`relay(0)`, `1:1: unknown function "relay"`},
		{`option[0].present`, `1:8: option[0]: want a number from 1 to 9`},
		{`option.present`, `1:8: option takes a number in brackets, such as option[1].present`},
		{`option["present"]`, `1:8: option takes a number in brackets, such as option[1].present`},
		{`min(arch) == 1`, `1:1: the function min cannot be used in match expressions`},
	} {
		_, err := match.Compile(tt.src, facts())
		var e *match.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v", tt.src, err)
			continue
		}
		if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.src, diff)
		}
	}
}
