package coredhcp_test

import (
	"testing"

	"github.com/coredhcp/coredhcp/handler"
	"github.com/coredhcp/coredhcp/logger"
	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/pipeline"
)

func TestWhatPluginsLogComesIntoOurLog(t *testing.T) {
	for name, tc := range map[string]struct {
		level logrus.Level
		want  []string
	}{
		"for operators, trouble once in a while": {logrus.InfoLevel, []string{"warning: x: first", "error: y: second"}},
		"for debugging, all that is said": {logrus.DebugLevel, []string{
			"debug: x: looks at a message", "warning: x: first", "error: y: second",
		}},
		"for errors, those alone": {logrus.ErrorLevel, []string{"error: y: second"}},
	} {
		t.Run(name, func(t *testing.T) {
			log, hook := logtest.NewNullLogger()
			log.SetLevel(tc.level)
			p := setup("x", func(...string) (handler.Handler6, error) { return bad(func() {}), nil })
			if _, err := p.New(func(any) error { return nil }, pipeline.Env{Log: logrus.NewEntry(log)}); err != nil {
				t.Fatal(err)
			}
			x, y := logger.GetLogger("plugins/x"), logger.GetLogger("plugins/y")
			x.Info("looks at a message")
			x.Warn("first")
			x.Warn("first again")
			y.WithField("n", 1).Error("second")
			x.Error("third")
			var got []string
			for _, e := range hook.AllEntries() {
				got = append(got, e.Level.String()+": "+e.Data["plugin"].(string)+": "+e.Message)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("lines (-want +got)\n%s", diff)
			}
		})
	}
}
