package stage

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/deploy"
	"github.com/stage6/stage6/plugins/final"
	"github.com/stage6/stage6/plugins/hosts"
	"github.com/stage6/stage6/plugins/identify"
	"github.com/stage6/stage6/plugins/pool"
	"github.com/stage6/stage6/plugins/tag"
	"github.com/stage6/stage6/stage"
)

// show is a plugin that drops Information-requests and tells their stage.
var show = pipeline.Define("show", func(struct{}, pipeline.Env) (pipeline.Handler, error) {
	return pipeline.HandlerFunc(func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
		return x.Drop("stage " + x.Stage().String())
	}), nil
}).WithDryRun()

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{Plugin, hosts.Plugin, identify.Plugin, pool.Plugin, tag.Plugin, show})
}

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing":              {"", `plugin.yml:1:1: nothing is set, write {} for firmware, loader and installed systems alone`},
		"a stage that is none": {"instaler: tag.a\n", `plugin.yml:1:1: unknown key "instaler", did you mean "installer"? (known: firmware, loader, installer, final, installed)`},
		"unknown":              {"unknown: tag.a\n", `plugin.yml:1:1: unknown key "unknown" (known: firmware, loader, installer, final, installed)`},
		"installed by nothing": {"installed: {}\n", `plugin.yml:1:12: installed: want when, such as 'user_class == "dhclient"', after, such as 2h, or both`},
		"installed too soon":   {"installed: {after: 10s}\n", `plugin.yml:1:20: after: "10s" is too short, want at least 1m`},
		"installed wrongly":    {"installed: {when: 'tag.'}\n", `plugin.yml:1:19: when: 1:4: unexpected end of expression`},
		"a wrong expression":   {"installer: hots == \"a\"\n", `plugin.yml:1:12: installer: 1:1: unknown name "hots", did you mean "host"?`},
		"no expression":        {"installer: ''\n", `plugin.yml:1:12: installer: 1:1: the expression is empty`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(pipelinetest.ConfigError(t, t.TempDir(), Plugin, tc.yaml)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestTheMemoryForgetsWhoWasSilentForLongest(t *testing.T) {
	m, now := newMemory(), time.Unix(1000, 0)
	var same []uint64 // ids of one bucket
	for id := uint64(7); len(same) <= ways; id += buckets {
		same = append(same, id)
	}
	for i, id := range same[:ways] {
		m.put(id, stage.Firmware, now.Add(time.Duration(i)*time.Second))
	}
	m.put(same[0], stage.Loader, now.Add(time.Minute)) // speaks again
	m.put(same[ways], stage.Final, now.Add(time.Hour))
	for i, want := range []stage.Stage{stage.Loader, stage.Unknown, stage.Firmware, stage.Firmware, stage.Final} {
		if got := m.get(same[i]); got != want {
			t.Errorf("id %d: got %s, want %s", i, got, want)
		}
	}
}

func TestTheReadmesExample(t *testing.T) {
	pipelinetest.Examples(t, "README.md", []pipeline.Plugin{Plugin, deploy.Plugin, final.Plugin, hosts.Plugin, identify.Plugin, pool.Plugin, tag.Plugin})
}
