package daemon

import (
	"fmt"
	"io"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/internal/config"
)

// newLogger makes the log that the configuration asks for.
func newLogger(c config.Log, out io.Writer) (*logrus.Logger, error) {
	level, err := logrus.ParseLevel(string(c.Level))
	if err != nil {
		return nil, fmt.Errorf("log level %q: %w", c.Level, err)
	}
	log := logrus.New()
	log.SetOutput(out)
	log.SetLevel(level)
	log.SetFormatter(formatter(c))
	return log, nil
}

func formatter(c config.Log) logrus.Formatter {
	if c.Format == "json" {
		return &logrus.JSONFormatter{}
	}
	return &logrus.TextFormatter{FullTimestamp: true}
}

// setLog has the log, and what plugins write into it, be as the configuration of a
// generation says.
func (s *service) setLog(g *generation) error {
	level, err := logrus.ParseLevel(string(g.file.Log.Level))
	if err != nil {
		return fmt.Errorf("log level %q: %w", g.file.Log.Level, err)
	}
	s.log.SetLevel(level)
	s.log.SetFormatter(formatter(g.file.Log))
	g.parts.SetLogLevel(level)
	return nil
}
