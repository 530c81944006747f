package preference

import (
	"testing"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
)

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{Plugin})
}

func TestSettings(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"the least":     {"0", ""},
		"the most":      {"255", ""},
		"quoted":        {"'7'", ""},
		"hexadecimal":   {"0x10", ""},
		"too much":      {"256", `plugin.yml:1:1: 256: want 0 to 255`},
		"negative":      {"-1", `plugin.yml:1:1: -1: want 0 to 255`},
		"a word":        {"high", `plugin.yml:1:1: "high" is not a whole number`},
		"leading zeros": {"007", `plugin.yml:1:1: "007" has leading zeros, write 7`},
		"nothing":       {"", `plugin.yml:1:1: nothing is written here`},
		"a list":        {"- 7\n", `plugin.yml:1:1: got a list, want a single value`},
	} {
		t.Run(name, func(t *testing.T) {
			err := pipelinetest.ConfigError(t, t.TempDir(), Plugin, tc.yaml)
			if got := text(err); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
