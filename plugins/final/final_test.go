package final

import (
	"fmt"
	"testing"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/deploy"
	"github.com/stage6/stage6/plugins/hosts"
	"github.com/stage6/stage6/plugins/identify"
	"github.com/stage6/stage6/plugins/pool"
	"github.com/stage6/stage6/plugins/stage"
)

func plugins() []pipeline.Plugin {
	return []pipeline.Plugin{Plugin, deploy.Plugin, hosts.Plugin, identify.Plugin, pool.Plugin, stage.Plugin}
}

func TestExchanges(t *testing.T) { pipelinetest.Run(t, "testdata/*.txtar", plugins()) }

func TestTheReadmesExample(t *testing.T) { pipelinetest.Examples(t, "README.md", plugins()) }

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing":             {"", `plugin.yml:1:1: nothing is set, write {} for lifetimes as other leases have them`},
		"an unknown key":      {"lifetime: 1h\n", `plugin.yml:1:1: unknown key "lifetime" (known: preferred, valid, unknown)`},
		"preferred above all": {"preferred: 2h\nvalid: 1h\n", `plugin.yml:1:12: preferred: 2h0m0s is longer than valid, which is 1h0m0s`},
		"unknown machines":    {"unknown: drop\n", `plugin.yml:1:10: unknown: "drop": want refuse, or leave, which has the plugins behind serve them`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(pipelinetest.ConfigError(t, t.TempDir(), Plugin, tc.yaml)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}
