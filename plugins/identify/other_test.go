package identify

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/hosts"
	"github.com/stage6/stage6/plugins/identify/internal/remotemac"
)

// framer is a source that needs something of the machine.
type framer struct{}

func (framer) Find(*pipeline.Exchange) (ident.Evidence, bool) { return ident.Evidence{}, false }
func (framer) Needs() []pipeline.Need                         { return []pipeline.Need{pipeline.NeedFrames} }

// others are sources that are compiled in beside ours.
func others() []pipeline.Plugin {
	define := func(name string, s pipeline.Source, err error) pipeline.Plugin {
		return pipeline.DefineSource(name, func(struct{}, pipeline.Env) (pipeline.Source, error) { return s, err })
	}
	return []pipeline.Plugin{
		remotemac.Plugin, define("framer", framer{}, nil),
		define("broken", nil, errors.New("no luck")), define("absent", nil, nil),
	}
}

func all() []pipeline.Plugin { return append(others(), Plugin, hosts.Plugin, show) }

func warnings(t *testing.T, yaml string) []string {
	t.Helper()
	return pipelinetest.Warnings(t, yaml, []pipelinetest.Interface{{Name: "prov0"}}, all())
}

func TestSourcesOfOtherPluginsAreUsedByName(t *testing.T) {
	pipelinetest.Run(t, "testdata/others/*.txtar", all())
}

func TestSourcesOfOtherPluginsThatAreWrong(t *testing.T) {
	for yaml, want := range map[string]string{
		"relay remotemac":                `plugin.yml:1:7: unknown source "remotemac", did you mean "remote_mac"? (known: relay, frame, neighbor, port, eui64, duid, uuid, learned, iaid, remote_mac, framer, broken, absent)`,
		"- remote_mac: {enterprize: 9}":  `plugin.yml:1:16: remote_mac: unknown key "enterprize", did you mean "enterprise"? (known: enterprise)`,
		"- remote_mac: {enterprise: -1}": `plugin.yml:1:28: enterprise: -1: want 0 to 4294967295`,
		"- relay\n- broken":              `plugin.yml:2:3: no luck`,
		"absent":                         `plugin.yml:1:1: the plugin made no source`,
	} {
		if _, err := made(t, yaml, pipeline.Env{Sources: others()}); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", yaml, err, want)
		}
	}
	twice := []pipeline.Plugin{pipeline.DefineSource("relay", func(struct{}, pipeline.Env) (pipeline.Source, error) { return framer{}, nil })}
	const want = "a source is compiled in that is named relay, as one of identify's own is"
	if _, err := made(t, "relay", pipeline.Env{Sources: twice}); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestSourcesOfOtherPluginsSayWhatTheyNeed(t *testing.T) {
	h, err := made(t, "remote_mac framer", pipeline.Env{Sources: others()})
	if err != nil {
		t.Fatal(err)
	}
	if got := h.Needs(); !slices.Equal(got, []pipeline.Need{pipeline.NeedFrames}) {
		t.Errorf("got %v", got)
	}
}

func TestASourceIsNoStepOfThePipeline(t *testing.T) {
	const want = "plugin.yml:1:1: remote_mac is a source of identity: it belongs under identify"
	err := pipelinetest.ConfigError(t, t.TempDir(), remotemac.Plugin, "{}")
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestThePageHasTheSourceAsItIs(t *testing.T) {
	page, err := os.ReadFile("../../docs/sources.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("internal/remotemac/remotemac.go")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(code), "\n")
	if !strings.Contains(string(page), "```go\n"+shown+"```\n") {
		t.Error("docs/sources.md has other code than internal/remotemac")
	}
}
