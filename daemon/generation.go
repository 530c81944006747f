package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/pipeline"
)

// generation is what a reload replaces: a configuration with what is made of it.
type generation struct {
	file    config.File
	parts   *assembly.Assembly
	pools   *bindings.PoolSet
	served  *server.Generation
	id      ident.DUID // of the server
	tellers []*teller  // of the plugins that follow what is leased
}

// now gives the generation that serves.
func (s *service) now() *generation { return s.current.Load() }

// newGeneration makes a generation beside the one that serves. What it holds is
// to be let go with close, also on error.
func (s *service) newGeneration(file config.File) (*generation, error) {
	g := &generation{file: file, pools: s.table.NewPoolSet()}
	var err error
	g.parts, err = s.plugins.Make(assembly.Surroundings{
		File: file, Table: s.table, Pools: g.pools, Log: s.log, Clock: time.Now, Metrics: s.metrics,
		Events: pipeline.NewEvents(s.events),
	})
	return g, err
}

// load gives the generation what the store keeps.
func (s *service) load(ctx context.Context, g *generation) (err error) {
	settings, err := assembly.Settings(g.file.Server6)
	if err != nil {
		return err
	}
	if s.states, err = g.parts.LoadStates(ctx, s.store); err != nil {
		return fmt.Errorf("states of hosts: %w", err)
	}
	for _, err := range s.states.Ignored {
		s.log.WithError(err).Warn("a pinned DUID does not count")
	}
	id, err := g.parts.ServerID(ctx, s.store)
	if err != nil {
		return err
	}
	g.id = id
	g.pools.Activate()
	s.log.WithFields(logrus.Fields{"duid": id, "hosts": g.parts.Hosts.Len(), "bindings": s.table.Len()}).Info("server made")
	g.served = server.NewGeneration(settings, id, g.parts.Hosts, g.parts.Steps)
	return nil
}

// close lets go of what the generation holds.
func (g *generation) close() error {
	if g == nil || g.parts == nil {
		return nil
	}
	return errors.Join(g.parts.Close())
}
