package sleep

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/pool"
)

func TestReadme(t *testing.T) {
	pipelinetest.Examples(t, "README.md", []pipeline.Plugin{Plugin, pool.Plugin})
}

func TestTheReplyIsDelayed(t *testing.T) {
	for name, tc := range map[string]struct {
		settings string
		ends     time.Duration // of the context
		want     time.Duration
	}{
		"for as long as it says":      {"1.5s\n", time.Hour, 1500 * time.Millisecond},
		"not beyond the server's end": {"9s\n", time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := pipelinetest.Handler(t, Plugin, tc.settings)
				ctx, cancel := context.WithTimeout(t.Context(), tc.ends)
				defer cancel()
				start := time.Now()
				action, err := h.Handle(ctx, &pipeline.Exchange{})
				if took := time.Since(start); action != pipeline.Continue || err != nil || took != tc.want {
					t.Errorf("action %v and %v after %v, want %v", action, err, took, tc.want)
				}
			})
		})
	}
}

func TestTheServerGivesTheTimeThatIsNeeded(t *testing.T) {
	want := pipeline.Limits{Deadline: 10 * time.Second, Calls: 1024}
	if got := pipelinetest.Handler(t, Plugin, "9s\n").(pipeline.Blocking).Blocking(); got != want {
		t.Errorf("asks for %+v, want %+v", got, want)
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"no unit":  {"3\n", `plugin.yml:1:1: "3" is not a time, want one such as 300ms or 1.5s`},
		"nothing":  {"0s\n", `plugin.yml:1:1: "0s": want more than 0s and at most 9s`},
		"negative": {"-1s\n", `plugin.yml:1:1: "-1s": want more than 0s and at most 9s`},
		"too long": {"1m\n", `plugin.yml:1:1: "1m": want more than 0s and at most 9s`},
	} {
		t.Run(name, func(t *testing.T) {
			err := pipelinetest.ConfigError(t, t.TempDir(), Plugin, tc.yaml)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}
