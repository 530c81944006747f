package coredhcp

import (
	"io"
	"strings"
	"sync"
	"time"

	"github.com/coredhcp/coredhcp/logger"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/internal/quiet"
)

// bridge has what plugins of CoreDHCP's log go to our log, and keeps their loggers
// from ending the program.
func bridge(to *logrus.Logger) {
	theirs := logger.GetLogger("stage6").Logger
	theirs.SetOutput(io.Discard)
	theirs.SetFormatter(silent{})
	theirs.SetLevel(max(logrus.WarnLevel, to.GetLevel()))
	hooks := logrus.LevelHooks{}
	hooks.Add(&hook{to: to, limits: map[string]*quiet.Limiter{}})
	theirs.ReplaceHooks(hooks)
	theirs.ExitFunc = exit
	logrus.StandardLogger().ExitFunc = exit
}

// silent formats nothing: the hook has seen the entry.
type silent struct{}

// Format gives nothing.
func (silent) Format(*logrus.Entry) ([]byte, error) { return nil, nil }

// hook writes the entries of CoreDHCP's plugins into our log. They tell of each
// message, which is for debugging here; of warnings and errors each plugin has one
// in a while.
type hook struct {
	to *logrus.Logger

	mu     sync.Mutex
	limits map[string]*quiet.Limiter // of plugins, by their names
}

// maxLimits bounds how many loggers are told apart.
const maxLimits = 64

// Levels gives all levels.
func (*hook) Levels() []logrus.Level { return logrus.AllLevels }

// Fire writes an entry.
func (h *hook) Fire(e *logrus.Entry) error {
	name, _ := e.Data["prefix"].(string)
	name = strings.TrimPrefix(name, "plugins/")
	out := h.to.WithField("plugin", name)
	for key, value := range e.Data {
		if key != "prefix" {
			out = out.WithField(key, value)
		}
	}
	switch {
	case e.Level == logrus.TraceLevel:
		out.Trace(e.Message)
	case e.Level >= logrus.InfoLevel:
		out.Debug(e.Message)
	default:
		h.limited(out, name, max(e.Level, logrus.ErrorLevel), e.Message)
	}
	return nil
}

// limited writes a line unless the plugin has just had one.
func (h *hook) limited(out *logrus.Entry, name string, level logrus.Level, text string) {
	suppressed, ok := h.limit(name).Allow(time.Now())
	if !ok {
		return
	}
	if suppressed > 0 {
		out = out.WithField("suppressed", suppressed)
	}
	out.Log(level, text)
}

func (h *hook) limit(name string) *quiet.Limiter {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.limits[name]
	if l == nil && len(h.limits) >= maxLimits {
		name = ""
		l = h.limits[name]
	}
	if l == nil {
		l = &quiet.Limiter{}
		h.limits[name] = l
	}
	return l
}
