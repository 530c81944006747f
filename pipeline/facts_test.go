package pipeline_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stage6/stage6/pipeline"
)

// rack adds some of each kind of fact.
func rack(f pipeline.Facts) {
	f.String("rack", "the rack", func(x *pipeline.Exchange) string {
		name, _ := x.Fact("rack").(string)
		return name
	})
	f.Choice("row", "the row", []string{"north", "south"}, func(*pipeline.Exchange) string { return "north" })
	f.Bytes("label", "what is on it", func(*pipeline.Exchange) []byte { return []byte("blue") })
	f.Strings("owners", "who has it", func(*pipeline.Exchange) int { return 2 }, func(_ *pipeline.Exchange, i int) []byte {
		return []byte{'a' + byte(i)}
	})
	f.Int("height", "in units", func(*pipeline.Exchange) int { return 42 })
	f.Bool("cooled", "whether it is", func(*pipeline.Exchange) bool { return true })
	f.Octets("serial", "its number", func(*pipeline.Exchange) []byte { return []byte{1, 2} })
	f.Address("gateway", "of its switch", func(*pipeline.Exchange) netip.Addr { return netip.MustParseAddr("2001:db8::1") })
	f.Function("in_rack", "whether the client is in a rack", func(x *pipeline.Exchange, name string) bool { return x.Fact("rack") == name })
	f.Function("parity", "odd or even", func(n int) string { return []string{"even", "odd"}[n&1] })
}

func TestExpressionsUseWhatPluginsAdd(t *testing.T) {
	expressions := pipeline.NewExpressions()
	if err := expressions.AddFacts([]pipeline.Plugin{pipeline.DefineFacts("rack", rack)}); err != nil {
		t.Fatal(err)
	}
	x := known(t)
	x.SetFact("rack", "r7")
	for _, source := range []string{
		`rack == "r7"`, `row == "north"`, `label startsWith "bl"`, `owners == "b"`, `height > 41`, `cooled`, `serial == "01:02"`,
		`gateway in "2001:db8::/64"`, `in_rack("r7") and not in_rack("r8")`, `parity(height) == "even"`, `stage == "loader" and rack != ""`,
	} {
		e, err := expressions.Compile(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if ok, err := e.Match(x); !ok || err != nil {
			t.Errorf("%s is %v, %v", source, ok, err)
		}
	}
}

func TestWhatPluginsAddIsChecked(t *testing.T) {
	expressions := pipeline.NewExpressions()
	if err := expressions.AddFacts([]pipeline.Plugin{pipeline.DefineFacts("rack", rack)}); err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		`row == "west"`:    "1:8: ",
		`in_rack(7)`:       "1:9: ",
		`in_rack()`:        "1:1: ",
		`racks == "r7"`:    `did you mean "rack"?`,
		`height == "tall"`: "compare it with a number",
		`parity(1)`:        "want true or false",
	} {
		if _, err := expressions.Compile(source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", source, err, want)
		}
	}
}

func TestWrongDeclarationsOfFactsNameThePlugin(t *testing.T) {
	for name, c := range map[string]struct {
		add  func(pipeline.Facts)
		want string
	}{
		"a name of the server's": {func(f pipeline.Facts) { f.Int("mac", "mine", nil) }, `"mac" is declared twice`},
		"a name that is none":    {func(f pipeline.Facts) { f.Int("my-fact", "mine", nil) }, `"my-fact": want a lower-case letter`},
		"a word of the language": {func(f pipeline.Facts) { f.Bool("not", "mine", nil) }, `"not" has a meaning`},
		"no function":            {func(f pipeline.Facts) { f.Function("mine", "mine", 7) }, "want a function"},
		"a wrong parameter":      {func(f pipeline.Facts) { f.Function("mine", "mine", func(float64) bool { return true }) }, "parameter of type float64"},
		"a panic":                {func(pipeline.Facts) { panic("oops") }, "panic: oops"},
	} {
		t.Run(name, func(t *testing.T) {
			err := pipeline.NewExpressions().AddFacts([]pipeline.Plugin{pipeline.DefineFacts("rack", c.add)})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "plugin rack") {
				t.Errorf("%v, want an error of plugin rack with %s", err, c.want)
			}
		})
	}
}
