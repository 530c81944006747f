package pipelinetest

import (
	"io"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Handler makes the handler of a plugin that needs nothing of the server, with
// settings as ConfigError takes them.
func Handler(t testing.TB, plugin pipeline.Plugin, settings string) pipeline.Handler {
	t.Helper()
	node, err := strict.Parse("plugin.yml", []byte(settings))
	if err != nil {
		t.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	env := pipeline.Env{
		Name: plugin.Name(), Log: logrus.NewEntry(log), Clock: time.Now,
		Hosts: host.NewRegistry(), Metrics: prometheus.NewRegistry(),
	}
	h, err := plugin.New(func(into any) error { return strict.Decode(node, into) }, env)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
