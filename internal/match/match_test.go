package match_test

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

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
		requested: []int{23, 59},
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
		{``, ``},
		{`  `, ``},
		{`user_clas == "x"`, ``},
		{`stage == final`, ``},
		{`stage = "final"`, ``},
		{`stage == "lodaer"`, ``},
		{`stage ==`, ``},
		{`user_class`, ``},
		{`user_class == 5`, ``},
		{`user_class < "x"`, ``},
		{`user_class == host`, ``},
		{`"x" startsWith user_class`, ``},
		{`user_class == vendor_class`, ``},
		{`user_class in []`, ``},
		{`user_class in host`, ``},
		{`not user_class == "x"`, ``},
		{`!user_class == "x"`, ``},
		{`tag.x == "y"`, ``},
		{`tag`, ``},
		{`tag == "x"`, ``},
		{`len(tag) == 1`, ``},
		{`tag("x")`, ``},
		{`tag.with-hyphen`, ``},
		{`tag[5]`, ``},
		{`5 in tag`, ``},
		{`tag.x.y`, ``},
		{`arch > "x"`, ``},
		{`arch > 5`, ``},
		{`arch == "x86"`, ``},
		{`arch == 7.5`, ``},
		{`hops == "2"`, ``},
		{`hops startsWith 2`, ``},
		{`hops in "x".."y"`, ``},
		{`len(1..1000) > 1`, ``},
		{`known == "yes"`, ``},
		{`known < true`, ``},
		{`mac == "52:54:0"`, ``},
		{`mac startsWith "52:54:0"`, ``},
		{`mac == "zz"`, ``},
		{`mac < "52"`, ``},
		{`link_address == "2001:db8::/64"`, ``},
		{`link_address in "2001:db8::1/64"`, ``},
		{`link_address in "nonsense"`, ``},
		{`link_address startsWith "2001"`, ``},
		{`within(link_address)`, ``},
		{`within(host, "2001:db8::/64")`, ``},
		{`host matches "("`, ``},
		{`host matches host`, ``},
		{`host matches "((a{100}){10}){10}"`, ``},
		{`host matches "(a{1000}b{1000})"`, ``},
		{`host == nil`, ``},
		{`requested("x")`, ``},
		{`requested()`, ``},
		{`requested == 5`, ``},
		{`requestd(5)`, ``},
		{`host.foo == "x"`, ``},
		{`host.foo()`, ``},
		{`$env.host == "x"`, ``},
		{`$value == "x"`, ``},
		{`let x = 1; x == 1`, ``},
		{`{"a": 1} == {"a": 1}`, ``},
		{`now() == now()`, ``},
		{`map(user_class, #) == []`, ``},
		{`any(user_class, any(vendor_class, any(user_class, # == "x")))`, ``},
		{`trim(trim(trim(trim(trim("x"))))) == "x"`, ``},
		{`1 < (hops > 1 ? 1 : 2) < 3`, ``},
		{`host == "` + "\xff" + `"`, ``},
		{`1 in [[1]]`, ``},
		{"known and\n  knwn", ``},
		{`hops`, ``},
		{`known and hops`, ``},
		{`host == 5 + 5`, ``},
		{`"a" in "abc"`, ``},
		{`(known`, ``},
		{`known)`, ``},
		{`host == 'x`, ``},
		{`(known ? 1 : "x") > 0`, ``},
		{`any([1, "x"], # > 0)`, ``},
		{`user_class[0] == "x"`, ``},
		{`5 % hops == 1`, ``},
		{`5 % 0 == 1`, ``},
		{`min(arch) == 1`, ``},
	} {
		_, err := match.Compile(tt.src, facts())
		var e *match.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v", tt.src, err)
			continue
		}
		t.Logf("{`%s`, `%v`},", tt.src, err)
		if diff := cmp.Diff(tt.want, err.Error()); diff != "" && tt.want != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.src, diff)
		}
	}
}
