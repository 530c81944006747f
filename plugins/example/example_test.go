package example

import (
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/pool"
)

func TestReadme(t *testing.T) {
	pipelinetest.Examples(t, "README.md", []pipeline.Plugin{Plugin, pool.Plugin})
}

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{Plugin})
}

func TestOneMessageInAWhileIsLogged(t *testing.T) {
	for name, tc := range map[string]struct {
		level logrus.Level
		want  int
	}{
		"one, when the log is for operators":  {logrus.InfoLevel, 1},
		"all, when the log has everything":    {logrus.DebugLevel, 3},
		"none, when the log has only trouble": {logrus.WarnLevel, 0},
	} {
		t.Run(name, func(t *testing.T) {
			log, hook := logtest.NewNullLogger()
			log.SetLevel(tc.level)
			env := pipeline.Env{Log: logrus.NewEntry(log), Clock: func() time.Time { return time.Unix(1, 0) }}
			h, err := Plugin.New(func(any) error { return nil }, env)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if action, err := h.Handle(t.Context(), &pipeline.Exchange{}); action != pipeline.Continue || err != nil {
					t.Errorf("action %v, %v", action, err)
				}
			}
			if got := len(hook.AllEntries()); got != tc.want {
				t.Errorf("%d lines, want %d", got, tc.want)
			}
		})
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"a text": {"foo\n", `plugin.yml:1:1: got "foo", but the plugin has no settings, write: example: {}`},
		"a list": {"[a]\n", `plugin.yml:1:1: the plugin has no settings, write: example: {}`},
		"a map":  {"a: b\n", `plugin.yml:1:1: the plugin has no settings, write: example: {}`},
	} {
		t.Run(name, func(t *testing.T) {
			err := pipelinetest.ConfigError(t, t.TempDir(), Plugin, tc.yaml)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}
