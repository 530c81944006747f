package quiet

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
)

func TestAFloodOfLinesIsCutOffAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to, hook := logtest.NewNullLogger()
		l := NewLog(to)
		for range burst + 50 {
			l.Logger().WithField("plugin", "chatty").Info("hello")
		}
		if n := len(hook.AllEntries()); n != burst || l.Suppressed() != 50 {
			t.Errorf("%d lines in the log and %d left out, want %d and 50", n, l.Suppressed(), burst)
		}
		time.Sleep(Time)
		l.Logger().WithField("plugin", "chatty").Warn("and again")
		last := hook.LastEntry()
		if last.Message != "and again" || last.Data["suppressed"] != 50 || last.Data["plugin"] != "chatty" || last.Level != logrus.WarnLevel {
			t.Errorf("then the log says %v %s %v, want a warning with what was left out", last.Level, last.Message, last.Data)
		}
		l.Logger().Info("more")
		if last := hook.LastEntry(); last.Message != "more" || last.Data["suppressed"] != nil {
			t.Errorf("the next line is %s %v, want it without that", last.Message, last.Data)
		}
	})
}

func TestLinesOfDebuggingAreNotCutOff(t *testing.T) {
	to, hook := logtest.NewNullLogger()
	NewLog(to).Logger().Debug("not asked for")
	to.SetLevel(logrus.DebugLevel)
	l := NewLog(to)
	for range 2 * burst {
		l.Logger().Debug("hello")
	}
	if n := len(hook.AllEntries()); n != 2*burst {
		t.Errorf("%d lines in the log, want %d", n, 2*burst)
	}
}

func TestAFatalLineDoesNotEndTheProgram(t *testing.T) {
	for name, write := range map[string]func(*logrus.Logger){
		"fatal": func(l *logrus.Logger) { l.Fatal("the end") },
		"panic": func(l *logrus.Logger) { l.Panic("the end") },
	} {
		t.Run(name, func(t *testing.T) {
			to, hook := logtest.NewNullLogger()
			defer func() {
				if recover() == nil || hook.LastEntry() == nil || hook.LastEntry().Message != "the end" {
					t.Error("want the line in the log, and a panic")
				}
			}()
			write(NewLog(to).Logger())
		})
	}
}
