package quiet

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"
)

// burst is how many lines of one writer's are let through in each Time.
const burst = 100

// Log lets one writer write into a log: so many lines in each Time, but for those of
// debugging, which somebody asked for. It counts the others. It is safe for
// concurrent use.
type Log struct {
	to         *logrus.Logger
	logger     *logrus.Logger
	suppressed atomic.Uint64 // in all

	mu     sync.Mutex
	begun  time.Time // the Time of now
	lines  int       // let through in it
	missed int       // left out since the last line
}

// NewLog makes a Log that writes into to.
func NewLog(to *logrus.Logger) *Log {
	l := &Log{to: to, logger: logrus.New()}
	l.logger.SetOutput(io.Discard)
	l.logger.SetFormatter(l)
	l.logger.SetLevel(to.GetLevel())
	l.logger.AddHook(l)
	l.logger.ExitFunc = func(int) { panic("a plugin cannot end the program") }
	return l
}

// Logger is what the writer writes to. Its Fatal panics.
func (l *Log) Logger() *logrus.Logger { return l.logger }

// Suppressed counts the lines that were left out.
func (l *Log) Suppressed() uint64 { return l.suppressed.Load() }

// Levels is that of logrus.Hook.
func (*Log) Levels() []logrus.Level { return logrus.AllLevels }

// Format is that of logrus.Formatter. It gives nothing: Fire has seen the line.
func (*Log) Format(*logrus.Entry) ([]byte, error) { return nil, nil }

// Fire is that of logrus.Hook. It passes a line on.
func (l *Log) Fire(e *logrus.Entry) error {
	missed, ok := 0, true
	if e.Level <= logrus.InfoLevel {
		missed, ok = l.allow(time.Now())
	}
	if !ok {
		l.suppressed.Add(1)
		return nil
	}
	out := l.to.WithFields(e.Data).WithTime(e.Time)
	if missed > 0 {
		out = out.WithField("suppressed", missed)
	}
	out.Log(max(e.Level, logrus.FatalLevel), e.Message) // Log of a panic panics
	return nil
}

// allow says whether one more line may be written, and how many were left out
// before it.
func (l *Log) allow(now time.Time) (missed int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.begun) >= Time {
		l.begun, l.lines = now, 0
	}
	if l.lines >= burst {
		l.missed++
		return 0, false
	}
	l.lines++
	missed, l.missed = l.missed, 0
	return missed, true
}
