package strict_test

import (
	"testing"

	"github.com/stage6/stage6/internal/strict"
)

func TestValuesAreEqualWhereverTheyAre(t *testing.T) {
	for name, tc := range map[string]struct {
		a, b string
		want bool
	}{
		"in other lines":         {"a: {b: [1, 2]}\n", "# a comment\n\na:\n  b:\n    - 1\n    - 2\n", true},
		"behind an alias":        {"x: &x 1\na: *x\n", "x: 1\na: 1\n", true},
		"nothing, in two ways":   {"a:\n", "a: ~\n", true},
		"of another order":       {"a: [1, 2]\n", "a: [2, 1]\n", false},
		"a number and a text":    {"a: 1\n", "a: '1'\n", false},
		"with one more":          {"a: [1]\n", "a: [1, 2]\n", false},
		"a value and nothing":    {"a: 1\n", "a:\n", false},
		"a list and its element": {"a: 1\n", "a: [1]\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := parsed(t, tc.a).Equal(parsed(t, tc.b)); got != tc.want {
				t.Errorf("equal: %v, want %v", got, tc.want)
			}
		})
	}
}

func parsed(t *testing.T, yaml string) strict.Node {
	t.Helper()
	n, err := strict.Parse("test.yml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestThePlaceOfWhatIsMissingIsWhereItWouldBe(t *testing.T) {
	n := parsed(t, "server6:\n  queue: 5\n")
	for name, tc := range map[string]struct {
		keys []string
		want string
	}{
		"what is there":  {[]string{"server6", "queue"}, "test.yml:2:10"},
		"a missing key":  {[]string{"server6", "links"}, "test.yml:2:3"},
		"a missing part": {[]string{"leases", "pebble"}, "test.yml:1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := n.At(tc.keys...).Pos(); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
