package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/internal/watch"
	"github.com/stage6/stage6/pipeline"
)

// generation is what a reload replaces: a configuration with what is made of it.
type generation struct {
	file     config.File
	made     time.Time // when it was read
	parts    *assembly.Assembly
	pools    *bindings.PoolSet
	metrics  *prometheus.Registry // of the plugins
	settings server.Settings
	served   *server.Generation
	id       ident.DUID // of the server
	tellers  []*teller  // of the plugins that follow what is leased

	seen     watch.Looks        // of the configuration and the files that it names
	replaced chan struct{}      // closed when another one serves
	end      context.CancelFunc // ends what run began; nil before
	running  sync.WaitGroup
}

// now gives the generation that serves.
func (s *service) now() *generation { return s.current.Load() }

// newGeneration makes a generation beside the one that serves, if one does. What it
// holds is to be let go with close, also on error.
func (s *service) newGeneration(ctx context.Context, file config.File) (*generation, error) {
	g := &generation{file: file, made: time.Now(), pools: s.table.NewPoolSet(), metrics: prometheus.NewRegistry(), replaced: make(chan struct{})}
	around := assembly.Surroundings{
		File: file, Table: s.table, Pools: g.pools, Log: s.log, Clock: s.clock.Now, Metrics: g.metrics,
		Events: pipeline.NewEvents(s.events),
	}
	if was := s.now(); was != nil {
		around.Before = was.parts
	}
	var err error
	if g.parts, err = s.plugins.Make(around); err != nil {
		return g, err
	}
	g.seen = watch.Look(g.files())
	if g.settings, err = assembly.Settings(file.Server6); err != nil {
		return g, err
	}
	g.id, err = g.parts.ServerID(ctx, s.store)
	g.served = server.NewGeneration(g.settings, g.id, g.parts.Hosts, g.parts.Steps)
	return g, err
}

// files gives those that the generation is read of.
func (g *generation) files() []string {
	return slices.Concat([]string{g.file.Path}, g.parts.Files(), secrets(&g.file))
}

// gatherer gives all metrics, those of the plugins among them.
func (s *service) gatherer() prometheus.Gatherer {
	return prometheus.Gatherers{s.metrics, &s.counted}
}

// load gives the first generation what the store keeps.
func (s *service) load(ctx context.Context, g *generation) (err error) {
	if s.states, err = g.parts.LoadStates(ctx, s.store); err != nil {
		return fmt.Errorf("states of hosts: %w", err)
	}
	s.tellIgnored()
	s.counted.Succeed(g.metrics)
	g.pools.Activate()
	s.log.WithFields(logrus.Fields{"duid": g.id, "hosts": g.parts.Hosts.Len(), "bindings": s.table.Len()}).Info("server made")
	return nil
}

// tellIgnored logs which DUIDs were not pinned.
func (s *service) tellIgnored() {
	for _, err := range s.states.Ignored {
		s.log.WithError(err).Warn("a pinned DUID does not count")
	}
}

// run begins what the plugins do beside the exchanges, until ctx or the generation
// ends.
func (g *generation) run(ctx context.Context, tasks *errgroup.Group) {
	ctx, g.end = context.WithCancel(ctx)
	begin := func(task func() error) {
		g.running.Add(1)
		tasks.Go(func() error {
			defer g.running.Done()
			return task()
		})
	}
	for _, t := range g.tellers {
		begin(func() error { return t.run(ctx) })
	}
	for _, step := range g.parts.Steps {
		if r, ok := step.Handler.(pipeline.Runner); ok {
			begin(func() error { return step.Contain(func() error { return r.Run(ctx) }) })
		}
	}
}

// stop ends what run began, and waits for it.
func (g *generation) stop() {
	if g.end != nil {
		g.end()
	}
	g.running.Wait()
}

// close lets go of what the generation holds.
func (g *generation) close() error {
	if g == nil || g.parts == nil {
		return nil
	}
	return errors.Join(g.parts.Close())
}
