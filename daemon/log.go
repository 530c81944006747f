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
	log.SetFormatter(&logrus.TextFormatter{FullTimestamp: true})
	if c.Format == "json" {
		log.SetFormatter(&logrus.JSONFormatter{})
	}
	return log, nil
}
