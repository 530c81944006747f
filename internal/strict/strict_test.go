package strict_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/lease"
)

// everything has a field for each way of reading a value.
type everything struct {
	Text     string
	Flag     bool
	Small    uint8
	Signed   int8
	Port     uint16  `config:"min=1"`
	Part     float64 `config:"max=1"`
	Duration time.Duration
	Short    time.Duration `config:"min=1s,max=1h"`
	Address  netip.Addr
	Prefix   netip.Prefix
	Hardware net.HardwareAddr
	MAC      ident.MAC
	DUID     ident.DUID
	List     []string
	Fields   []netip.Addr `config:"fields"`
	Words    words
	Rules    []rule
	Hosts    []hostEntry
	Map      map[string]uint8
	Maybe    *bool
	Pool     pool
	Either   either
	Own      own
	Foreign  foreign
	Raw      strict.Node
	Renamed  string `yaml:"re_named,omitempty"`
	Hidden   string `yaml:"-"`
}

type words []string

func (words) SplitFields() bool { return true }

type rule struct {
	Tag  string `config:"key"`
	When string `config:"value"`
}

type hostEntry struct {
	Name string `config:"key"`
	MAC  ident.MAC
}

type pool struct {
	Range  netip.Prefix `config:"required"`
	Length uint8        `config:"max=128"`
}

func (p pool) Validate() error {
	if p.Length != 0 && int(p.Length) < p.Range.Bits() {
		return fmt.Errorf("length %d is shorter than that of %s", p.Length, p.Range)
	}
	return nil
}

// either is one line or a map.
type either struct{ A, B string }

func (e *either) UnmarshalText(text []byte) error {
	a, b, ok := strings.Cut(string(text), " ")
	if !ok {
		return fmt.Errorf("%q: want two words", text)
	}
	e.A, e.B = a, b
	return nil
}

type own struct{ kinds []string }

func (o *own) DecodeNode(n strict.Node) error {
	for _, pair := range n.Pairs() {
		if pair.Key.Key() != "own" {
			return errors.New("the key's key is that of the map")
		}
		if pair.Value.Kind() == strict.List {
			return pair.Value.Err("no lists here")
		}
		o.kinds = append(o.kinds, pair.Value.Key()+" is "+pair.Value.Kind().String())
	}
	return nil
}

type foreign struct{ N int }

func (f *foreign) UnmarshalYAML(n *yaml.Node) error { return n.Decode(&f.N) }

func decode(text string, into any) error {
	n, err := strict.Parse("config.yml", []byte(text))
	if err != nil {
		return err
	}
	return strict.Decode(n, into)
}

func TestDecode(t *testing.T) {
	yes := true
	for name, test := range map[string]struct {
		yaml string
		want everything
	}{
		"digits are text where text is wanted":         {"text: 525400112233", everything{Text: "525400112233"}},
		"a word for true is text":                      {"text: on", everything{Text: "on"}},
		"a float is text":                              {"text: 1e3", everything{Text: "1e3"}},
		"leading zeros stay in text":                   {"text: 0123", everything{Text: "0123"}},
		"null is text where text is wanted":            {"text: null", everything{Text: "null"}},
		"a quoted empty text is empty":                 {"text: ''", everything{}},
		"case is kept":                                 {"text: Tag.X", everything{Text: "Tag.X"}},
		"CRLF ends lines":                              {"text: a\r\nflag: true\r\n", everything{Text: "a", Flag: true}},
		"a byte order mark is skipped":                 {"\ufefftext: a", everything{Text: "a"}},
		"an empty file is an empty map":                {"", everything{}},
		"a file of comments is an empty map":           {"# nothing\n", everything{}},
		"on is true":                                   {"flag: on", everything{Flag: true}},
		"a number may be hexadecimal":                  {"small: 0xff", everything{Small: 255}},
		"the least number of a signed type":            {"signed: -128", everything{Signed: -128}},
		"a part is a decimal fraction":                 {"part: 0.5", everything{Part: 0.5}},
		"a time in days":                               {"duration: 7d", everything{Duration: 7 * 24 * time.Hour}},
		"a time may be infinite":                       {"duration: infinity", everything{Duration: lease.Infinity}},
		"an address in a flow list":                    {"fields: [2001:db8::1]", everything{Fields: addrs("2001:db8::1")}},
		"an address that ends in colons in a flow map": {"pool: {range: 2001:db8::/32, length: 56}", everything{Pool: pool{netip.MustParsePrefix("2001:db8::/32"), 56}}},
		"a lone value is a list of one":                {"list: a b", everything{List: []string{"a b"}}},
		"a lone value is split where that is asked":    {"fields: 2001:db8::1  2001:db8::2", everything{Fields: addrs("2001:db8::1", "2001:db8::2")}},
		"a lone value is split for a splitting type":   {"words: a b", everything{Words: words{"a", "b"}}},
		"a listed value is not split":                  {"words: [a b]", everything{Words: words{"a b"}}},
		"an empty list":                                {"list: []", everything{List: []string{}}},
		"a MAC without separators":                     {"hardware: 525400112233", everything{Hardware: net.HardwareAddr{0x52, 0x54, 0, 0x11, 0x22, 0x33}}},
		"a MAC with colons":                            {"hardware: 52:54:00:11:22:33", everything{Hardware: net.HardwareAddr{0x52, 0x54, 0, 0x11, 0x22, 0x33}}},
		"a type that reads text gets digits":           {"mac: 525400112233\nduid: 00030001525400112233", everything{MAC: ident.MAC{0x52, 0x54, 0, 0x11, 0x22, 0x33}, DUID: "\x00\x03\x00\x01\x52\x54\x00\x11\x22\x33"}},
		"the order of a map is kept in a slice":        {"rules: {z: 'a', b: c}", everything{Rules: []rule{{"z", "a"}, {"b", "c"}}}},
		"a map of maps in a slice":                     {"hosts:\n  web: {mac: 525400112233}\n  new:\n", everything{Hosts: []hostEntry{{"web", ident.MAC{0x52, 0x54, 0, 0x11, 0x22, 0x33}}, {Name: "new"}}}},
		"a map of numbers":                             {"map: {a: 1, B: 2}", everything{Map: map[string]uint8{"a": 1, "B": 2}}},
		"a pointer to a value":                         {"maybe: true", everything{Maybe: &yes}},
		"a pointer to nothing":                         {"maybe: null", everything{}},
		"a struct on one line":                         {"either: x y", everything{Either: either{"x", "y"}}},
		"the same struct as a map":                     {"either: {a: x, b: y}", everything{Either: either{"x", "y"}}},
		"a type that reads nodes":                      {"own: {x: 1, y: {}}", everything{Own: own{[]string{"x is a single value", "y is a map"}}}},
		"a type of the YAML library":                   {"foreign: 3", everything{Foreign: foreign{3}}},
		"a key from the tag":                           {"re_named: a", everything{Renamed: "a"}},
		"an alias is its anchor's value":               {"list: [&a x, *a]", everything{List: []string{"x", "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			var got everything
			if err := decode(test.yaml, &got); err != nil {
				t.Fatal(err)
			}
			compare := cmp.AllowUnexported(own{}, strict.Node{})
			if diff := cmp.Diff(test.want, got, compare, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func addrs(texts ...string) []netip.Addr {
	var out []netip.Addr
	for _, text := range texts {
		out = append(out, netip.MustParseAddr(text))
	}
	return out
}
