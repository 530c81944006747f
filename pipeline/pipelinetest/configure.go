package pipelinetest

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// ConfigError gives what is wrong with the settings of one use of a plugin, or
// nil. settings is the YAML of a file named plugin.yml, whose top is the value
// under the plugin's key; folder is where that file would be.
func ConfigError(t testing.TB, folder string, plugin pipeline.Plugin, settings string) error {
	t.Helper()
	node, err := strict.Parse("plugin.yml", []byte(settings))
	if err != nil {
		return err
	}
	item := config.Item{Plugin: plugin.Name(), Name: plugin.Name(), Config: node, Node: node}
	file := config.File{Path: filepath.Join(folder, "config.yml")}
	file.Server6.Plugins = config.Items{item}
	_, err = assemble(file, []pipeline.Plugin{plugin})
	return err
}

// Warnings gives what the command check warns of, for a configuration named
// config.yml. It fails the test if the configuration is wrong.
func Warnings(t testing.TB, yaml string, ifaces []Interface, plugins []pipeline.Plugin) []string {
	t.Helper()
	file, err := config.Parse("config.yml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	a, err := assemble(file, plugins)
	if err != nil {
		t.Fatal(err)
	}
	var kernel []assembly.Interface
	for i, f := range ifaces {
		kernel = append(kernel, assembly.Interface{Index: uint32(i + 1), Name: f.Name, Prefixes: f.Prefixes})
	}
	return a.Warnings(assembly.Links(kernel, file.Server6.Links, file.Server6.RapidCommit))
}

// assemble makes the plugins of a configuration, without a server.
func assemble(file config.File, plugins assembly.Plugins) (*assembly.Assembly, error) {
	table := bindings.New(time.Now, bindings.Options{})
	log := logrus.New()
	log.SetOutput(io.Discard)
	return plugins.Make(assembly.Surroundings{
		File: file, Table: table, Pools: table.NewPoolSet(), Log: log,
		Clock: time.Now, Metrics: prometheus.NewRegistry(),
	})
}

// withServerID adds a plugin server_id, unless there is one.
func withServerID(plugins []pipeline.Plugin) []pipeline.Plugin {
	if slices.ContainsFunc(plugins, func(p pipeline.Plugin) bool { return p.Name() == "server_id" }) {
		return plugins
	}
	fixed := pipeline.DefineOnce("server_id", func(string, pipeline.Env) (pipeline.Handler, error) { return fixedID{}, nil })
	return append(slices.Clone(plugins), fixed)
}

// fixedID gives every server the same DUID.
type fixedID struct{}

func (fixedID) ServerID(context.Context, lease.Store) (ident.DUID, error) {
	return "\x00\x03\x00\x01\x02\x00\x00\x00\x00\x01", nil
}

func (fixedID) Handle(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
	return pipeline.Continue, nil
}
