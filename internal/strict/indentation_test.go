package strict_test

import (
	"testing"

	"github.com/stage6/stage6/internal/strict"
)

func TestLinesAtAWrongColumnAreExplained(t *testing.T) {
	const advice = ": the line begins at a column at which no list or map above it has its entries"
	for name, test := range map[string]struct{ yaml, want string }{
		"an item left of its list":                                         {"a:\n    - b: 1\n   - c: 2", "c.yml:3:4: did not find expected key" + advice},
		"an item left of its list, an address":                             {"a:\n  b:\n    - c: 1\n   - d: 2001:db8::53", "c.yml:4:4: did not find expected key" + advice},
		"an item right of its list":                                        {"a:\n  - b: 1\n   - c: 2", "c.yml:3:4: did not find expected '-' indicator" + advice},
		"a key between the list and its item":                              {"a:\n  - b: 1\n   c: 2", "c.yml:3:4: did not find expected '-' indicator" + advice},
		"a key below a value":                                              {"a: 1\n b: 2", "c.yml:2:2: mapping values are not allowed in this context" + advice},
		"the right column and a lack of quotes":                            {"a:\n  - b: 1\n    when: \"x\" == \"y\"", `c.yml:3:11: did not find expected key: quote it: '"x" == "y"'`},
		"the first item, and a lack of quotes":                             {"a:\n    - b: {p: 2001:db8::, l: 5, ::1}\n", "c.yml:2:14: did not find expected node content: quote it: '2001:db8::'"},
		"a list with an address that YAML reads, and one that it does not": {"a: [2001:db8::53, ::1]", "c.yml:1:19: did not find expected node content: quote it: '::1'"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := strict.Parse("c.yml", []byte(test.yaml))
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}
