package deploy

import (
	"fmt"
	"testing"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/hosts"
	"github.com/stage6/stage6/plugins/identify"
	"github.com/stage6/stage6/plugins/pool"
	"github.com/stage6/stage6/plugins/stage"
)

func plugins() []pipeline.Plugin {
	return []pipeline.Plugin{Plugin, hosts.Plugin, identify.Plugin, pool.Plugin, stage.Plugin}
}

func TestExchanges(t *testing.T) { pipelinetest.Run(t, "testdata/*.txtar", plugins()) }

func TestTheReadmesExample(t *testing.T) { pipelinetest.Examples(t, "README.md", plugins()) }

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"no pool":            {"lifetime: 1h\n", `plugin.yml:1:1: key "pool" is missing, want a prefix such as 2001:db8:10::d:0/112`},
		"an empty list":      {"[]\n", `plugin.yml:1:1: the list is empty, want at least one range`},
		"in a row":           {"pool: 2001:db8::/112\nallocation: sequential\n", `plugin.yml:2:13: allocation: "sequential" hands out addresses that were in use a moment ago, want hashed or random`},
		"another allocation": {"pool: 2001:db8::/112\nallocation: first\n", `plugin.yml:2:13: allocation: "first": want hashed, random or sequential`},
		"for nobody known":   {"pool: 2001:db8::/112\nfor: friends\n", `plugin.yml:2:6: for: "friends": want known, unknown or both`},
		"a short lifetime":   {"pool: 2001:db8::/112\nlifetime: 1m\n", `plugin.yml:2:11: lifetime: "1m" is too short, want at least 2m`},
		"none per host":      {"pool: 2001:db8::/112\nper_host: 0\n", `plugin.yml:2:11: per_host: 0: want 1 to 1024`},
		"an unknown key":     {"range: 2001:db8::/112\n", `plugin.yml:1:1: unknown key "range" (known: pool, exclude, allocation, for, lifetime, quarantine, per_host)`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(pipelinetest.ConfigError(t, t.TempDir(), Plugin, tc.yaml)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestRangesOnNoLinkAreWarnedOf(t *testing.T) {
	yaml := "server6:\n  plugins:\n    - deploy: 2001:db8:77::/112\n"
	if got := pipelinetest.Warnings(t, yaml, nil, plugins()); len(got) != 1 {
		t.Errorf("got %q, want one warning", got)
	}
}
