package strict_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/strict"
)

func TestDecodeErrors(t *testing.T) {
	for name, test := range map[string]struct{ yaml, want string }{
		"an unknown key":                      {"either: {bb: x}", `1:10: either: unknown key "bb", did you mean "b"? (known: a, b)`},
		"an unknown key like no other":        {"either: {colour: x}", `1:10: either: unknown key "colour" (known: a, b)`},
		"a key in the wrong case":             {"either: {A: x}", `1:10: either: unknown key "A", did you mean "a"? (known: a, b)`},
		"a missing key":                       {"pool: {}", `1:7: pool: key "range" is missing`},
		"a value that is wrong as a whole":    {"pool: {range: 2001:db8::/64, length: 56}", `1:7: pool: length 56 is shorter than that of 2001:db8::/64`},
		"a scalar for a struct":               {"pool: x", `1:7: pool: got "x", want a map with the keys range, length`},
		"a list for text":                     {"text: [a]", `1:7: text: got a list, want a single value`},
		"nothing for text":                    {"text:", `1:6: text: nothing is written here`},
		"a word for a truth":                  {"flag: maybe", `1:7: flag: "maybe": want true or false`},
		"a number too large for its type":     {"small: 256", `1:8: small: 256: want 0 to 255`},
		"a negative number":                   {"small: -1", `1:8: small: -1: want 0 to 255`},
		"a signed number too small":           {"signed: -129", `1:9: signed: -129: want -128 to 127`},
		"a number below its bound":            {"port: 0", `1:7: port: 0: want 1 to 65535`},
		"a number with leading zeros":         {"small: 012", `1:8: small: "012" has leading zeros, write 12`},
		"an exponent for a whole number":      {"small: 1e2", `1:8: small: "1e2" is not a whole number`},
		"a part above its bound":              {"part: 1.5", `1:7: part: 1.5: want at most 1`},
		"a time without a unit":               {"duration: 12", `1:11: duration: "12" has no unit, write 12s for seconds`},
		"a time with an unknown unit":         {"duration: 12y", `1:11: duration: "12y" is not a time, want one such as 90s, 12h, 7d, 1h30m or infinity`},
		"a time that is infinity in disguise": {"duration: 4294967295s", `1:11: duration: "4294967295s" is too long, want less than 4294967295s, or infinity`},
		"a time above its bound":              {"short: 2h", `1:8: short: "2h" is too long, want at most 1h`},
		"a time below its bound":              {"short: 1ms", `1:8: short: "1ms" is too short, want at least 1s`},
		"an IPv4 address":                     {"address: 10.0.0.1", `1:10: address: "10.0.0.1" is not an IPv6 address`},
		"a prefix for an address":             {"address: 2001:db8::1/64", `1:10: address: "2001:db8::1/64" is a prefix, want an address such as 2001:db8::1`},
		"an address in brackets":              {"address: '[2001:db8::1]'", `1:10: address: "[2001:db8::1]" is in brackets, write 2001:db8::1`},
		"a prefix with host bits":             {"prefix: 2001:db8::1/64", `1:9: prefix: "2001:db8::1/64" has bits beyond its length, write 2001:db8::/64 for the prefix`},
		"an address for a prefix":             {"prefix: 2001:db8::1", `1:9: prefix: "2001:db8::1" has no length, want a prefix such as 2001:db8::/64`},
		"a prefix that is too long":           {"prefix: 2001:db8::/129", `1:9: prefix: "2001:db8::/129" has the length "129", want 0 to 128`},
		"half a MAC":                          {"hardware: 52:54", `1:11: hardware: "52:54" is not a MAC, want one such as 52:54:00:aa:bb:01`},
		"text that its type refuses":          {"either: x", `1:9: either: "x": want two words`},
		"a list for a type of text or map":    {"either: [x]", `1:9: either: got a list, want a map with the keys a, b`},
		"nothing for a list":                  {"list:", `1:6: list: nothing is written here, write [] for an empty list`},
		"a map for a list of text":            {"list: {a: 1}", `1:7: list: got a map, want a single value`},
		"a list for an ordered map":           {"rules: [a]", `1:8: rules: got a list, want a map`},
		"an element of a flow list":           {"fields: [2001:db8::1, x]", `1:23: fields: "x" is not an IPv6 address`},
		"a part of a quoted line":             {"fields: '2001:db8::1 x'", `1:22: fields: "x" is not an IPv6 address`},
		"a value of a map":                    {"map: {a: 300}", `1:10: a: 300: want 0 to 255`},
		"a type that refuses a node":          {"own: {a: [1]}", `1:10: a: no lists here`},
		"a type of the YAML library":          {"foreign: x", "1:10: foreign: cannot unmarshal !!str `x` into int"},
		"a hidden field":                      {"either: {}\nhidden: x", `2:1: unknown key "hidden" (known: text, flag, `},

		"an expression that is a tag":          {"text: !tag.x", `1:7: text: "!tag.x" is a YAML tag, not an expression, write: not tag.x`},
		"an expression that begins with a tag": {"text: !tag.x or y", `1:7: text: "!tag.x" is a YAML tag, not an expression, write: not tag.x or y`},
		"an expression after a lone mark":      {"text: ! tag.x", `1:7: text: "!" is a YAML tag, not an expression, write: not tag.x`},
		"a tag behind an anchor":               {"text: &a !x y", `1:7: text: "!x" is a YAML tag, not an expression, write: not x y`},
		"a tag of YAML":                        {"text: !!str 1", `1:7: text: YAML tag "!!str": tags are not supported, leave it out`},
		"a tag on a list":                      {"list: !x [a]", `1:7: list: YAML tag "!x": tags are not supported, leave it out`},
		"a doubled key":                        {"text: a\ntext: b", `2:1: key "text" stands twice, first at line 1`},
		"a merge key":                          {"<<: {text: a}", `1:1: merge key "<<" is not supported: write the keys out`},
		"a list as a key":                      {"? [a]\n: b", `1:3: a key is not text: quote it if text is meant`},
		"an alias that contains itself":        {"list: &x [*x]", `1:11: alias *x contains itself or makes the file more than 64 levels deep`},
		"aliases of aliases of aliases":        {laughs, `6:14: alias *e: aliases add more than 100000 values`},
		"too many levels":                      {strings.Repeat("[", 70) + strings.Repeat("]", 70), `1:66: nested more than 64 levels deep`},
		"two documents":                        {"text: a\n---\ntext: b", `2:1: a second document begins here, want one in a file`},
		"an octet that is not UTF-8":           {"text: a\nflag: \xff", `2:7: octet 0xff is not UTF-8`},
		"a control character":                  {"text: a\x01", `1:8: control characters are not allowed`},

		"an address that ends in colons":            {"address: 2001:db8::\nflag: on", `1:10: mapping values are not allowed in this context: quote it: '2001:db8::'`},
		"an address before a comment":               {"address: 2001:db8:: # router", `1:10: mapping values are not allowed in this context: quote it: '2001:db8::'`},
		"an address that ends in colons, listed":    {"list:\n  - 2001:db8::", `2:5: list: got a map, want a single value: quote it: '2001:db8::'`},
		"an address that begins in colons, in flow": {"pool: {range: ::/0}", `1:15: did not find expected node content: quote it: '::/0'`},
		"a flow list of such an address":            {"fields: [::1]", `1:10: did not find expected node content: quote it: '::1'`},
		"an address in brackets with a port":        {"list: [ff02::1:2%eth0]:547", `1:7: did not find expected key: quote it: '[ff02::1:2%eth0]:547'`},
		"an interface":                              {"text: %eth0", `1:7: found character that cannot start any token: quote it: '%eth0'`},
		"an expression that begins with a quote":    {"rules:\n  a: \"x\" == y\n  b: c", `2:6: did not find expected key: quote it: '"x" == y'`},
		"an expression with single quotes":          {"rules:\n  a: 'x' == y\n  b: c", `2:6: did not find expected key: quote it: "'x' == y"`},
		"an expression with an index, in flow":      {`rules: {a: tag["x"], b: c}`, `1:12: did not find expected ',' or '}': quote it: 'tag["x"]'`},
		"a value with a colon":                      {"text: a: b", `1:7: mapping values are not allowed in this context: quote it: 'a: b'`},
		"an unknown alias":                          {"flag: on\ntext: *x", `2:7: unknown anchor 'x' referenced: quote it: '*x'`},
		"a tab in the indentation":                  {"own:\n\ta: b", `2:1: found character that cannot start any token: a tab in the indentation, want spaces`},
		"a key without its colon":                   {"text: a\nflag\nlist: []", `2:1: could not find expected ':'`},
		"a list that does not end":                  {"flag: on\nlist: [a\ntext: b", `2:7: did not find expected ',' or ']'`},
		"a quote that does not end":                 {"flag: on\ntext: 'a\nlist: b", `2:7: found unexpected end of stream`},
		"a quote that ends far too late":            {"flag: on\ntext: 'a\n" + strings.Repeat("b\n", 100), `2:7: found unexpected end of stream`},
		"an address after a text that shows one":    {"text: |\n  dns: 2001:db8::\naddress: 2001:db8::", `3:10: mapping values are not allowed in this context: quote it: '2001:db8::'`},
	} {
		t.Run(name, func(t *testing.T) {
			err := decode(test.yaml, &everything{})
			if err == nil {
				t.Fatalf("no error, want %s", test.want)
			}
			want := "config.yml:" + test.want
			if got := err.Error(); got != want && !(strings.HasSuffix(want, ", ") && strings.HasPrefix(got, want)) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

const laughs = `a: &a [x,x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c]
e: &e [*d,*d,*d,*d]
f: [*e,*e,*e,*e,*e]
`

func TestDecodeReportsAllErrorsInOrder(t *testing.T) {
	err := decode("small: 300\npool:\n  range: x\n  lenght: 1\nfields: a b\nflag: x\n", &everything{})
	want := `config.yml:1:8: small: 300: want 0 to 255
config.yml:3:10: range: "x" is not an IPv6 prefix
config.yml:4:3: pool: unknown key "lenght", did you mean "length"? (known: range, length)
config.yml:5:9: fields: "a" is not an IPv6 address
config.yml:5:11: fields: "b" is not an IPv6 address
config.yml:6:7: flag: "x": want true or false`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestDecodeKeepsWhatIsNotMentioned(t *testing.T) {
	got := pool{Length: 56}
	if err := decode("range: 2001:db8::/40", &got); err != nil {
		t.Fatal(err)
	}
	if got.Length != 56 {
		t.Errorf("length is %d, want the 56 of before", got.Length)
	}
}

func TestDecodeRefusesProgrammingMistakes(t *testing.T) {
	for name, test := range map[string]struct {
		into any
		want string
	}{
		"a value that is not a pointer": {pool{}, `strict: decode into strict_test.pool, want a pointer`},
		"a rule that does not exist": {&struct {
			A int `config:"requried"`
		}{}, `config.yml:1:1: strict: struct { A int "config:\"requried\"" }.A: config tag rule "requried" is unknown`},
		"a rule in the tag of YAML": {&struct {
			A int `yaml:"a,required"`
		}{}, `config.yml:1:1: strict: struct { A int "yaml:\"a,required\"" }.A: yaml tag option "required", want rules in the tag config`},
		"a type that no value is right for": {&struct{ A chan int }{}, `config.yml:1:4: a: strict: cannot decode into chan int`},
	} {
		t.Run(name, func(t *testing.T) {
			if err := decode("a: 1", test.into); err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestParseRefusesLargeFiles(t *testing.T) {
	_, err := strict.Parse("hosts.yml", make([]byte, strict.MaxSize+1))
	if want := "hosts.yml:1:1: 33554433 octets, want at most 33554432"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestErrorsShowsABoundedNumber(t *testing.T) {
	err := decode("list:\n"+strings.Repeat("  - []\n", 60), &everything{})
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 51 || lines[50] != "and 10 errors more" {
		t.Errorf("got %d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

func TestJoinKeepsErrorsWithoutPlace(t *testing.T) {
	plain := errors.New("disk full")
	err := strict.Join(nil, plain, &strict.Error{File: "a", Line: 1, Column: 1, Err: errors.New("x")})
	if !errors.Is(err, plain) || !strings.Contains(err.Error(), "a:1:1: x") {
		t.Errorf("got %v", err)
	}
	if strict.Join(nil, nil) != nil {
		t.Error("joining nothing is an error")
	}
}

func TestScalarNamesItsOrigin(t *testing.T) {
	var n uint8
	err := strict.Decode(strict.Scalar("STAGE6_SMALL", "small", "300"), &n)
	if want := "STAGE6_SMALL: small: 300: want 0 to 255"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
