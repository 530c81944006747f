package ignore

import (
	"testing"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
)

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{Plugin})
}

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"an empty list": {
			"[]\n",
			`plugin.yml:1:1: the list is empty, want at least one expression`,
		},
		"a map": {
			"mac: 52:54:00:aa:bb:01\n",
			`plugin.yml:1:1: got a map, want an expression, a list of them, or nothing where when: stands beside ignore`,
		},
		"an empty text": {
			"''\n",
			`plugin.yml:1:1: 1:1: the expression is empty`,
		},
		"an empty item": {
			"- relays == 1\n-\n- mac ==\n",
			`plugin.yml:2:2: nothing is written here`,
		},
		"expressions that are wrong": {
			"- relays == 1\n- 'mac == \"52:54\" or relay == 1'\n- stage == \"\n",
			"plugin.yml:2:3: 1:19: relay is a list: write such as relay[0].hops\nplugin.yml:3:3: 1:11: a text has no closing quote",
		},
		"a bare fact": {
			"host\n",
			`plugin.yml:1:1: 1:1: host is a string, not a condition: compare it with something`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := pipelinetest.ConfigError(t, t.TempDir(), Plugin, tc.yaml)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}
