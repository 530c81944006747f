package server_test

import (
	"context"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/internal/server"
)

// assemble makes a server of a configuration in a folder, with the link
// 2001:db8:10::/64 of prov0. Nothing commits its changes.
func assemble(tb testing.TB, folder string) (*server.Server, *bindings.Table) {
	tb.Helper()
	path := filepath.Join(folder, "config.yml")
	yaml, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	file, err := config.Parse(path, yaml)
	if err != nil {
		tb.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	clock := func() time.Time { return start }
	table := bindings.New(clock, bindings.Options{})
	if err := table.Load(context.Background(), memory.New()); err != nil {
		tb.Fatal(err)
	}
	pools := table.NewPoolSet()
	a, err := assembly.Plugins(plugins()).Make(assembly.Surroundings{
		File: file, Table: table, Pools: pools, Log: log, Clock: clock, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		tb.Fatal(err)
	}
	pools.Activate()
	settings, err := assembly.Settings(file.Server6)
	if err != nil {
		tb.Fatal(err)
	}
	iface := assembly.Interface{Index: prov0, Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}
	links := assembly.Links([]assembly.Interface{iface}, file.Server6.Links, file.Server6.RapidCommit)
	table.SetReserved(a.Hosts.Reserved())
	id, err := a.ServerID(context.Background(), memory.New())
	if err != nil {
		tb.Fatal(err)
	}
	return server.New(table, server.NewGeneration(settings, id, a.Hosts, a.Steps), links), table
}
