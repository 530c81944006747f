package daemon

import (
	"slices"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
)

// nearlyFull is the part of a pool that is in use of which an operator is told.
const nearlyFull = 0.9

// Status says in short how everything is.
func (s *service) Status() api.Status {
	ready, g := s.Readiness(), s.now()
	out := api.Status{
		Ready: ready.Ready, Reasons: ready.Reasons, Version: s.version, Started: s.started,
		Config: api.StatusConfig{File: g.file.Path, Read: g.made},
		Hosts:  hostStates(g.parts.Hosts), Aside: len(g.parts.Hosts.Aside()),
		Leases: leaseStates(s.table), Full: []api.Pool{},
	}
	out.Problems = slices.DeleteFunc(s.Health().Problems, func(p string) bool { return slices.Contains(ready.Reasons, p) })
	if broken := s.broken.Load(); broken != nil {
		out.Config.Broken = *broken
	}
	for _, p := range s.Pools().Pools {
		out.Pools++
		if p.Used >= nearlyFull {
			out.Full = append(out.Full, p)
		}
	}
	return out
}

// hostStates counts the hosts that count, by state.
func hostStates(hosts *host.Registry) map[string]int {
	n := map[string]int{}
	hosts.After("", func(k host.Known) bool {
		if k.Aside == nil || k.Host.Source != assembly.OwnSource { // not set aside, but perhaps another of its name is
			n[k.Host.State.String()]++
		}
		return true
	})
	return n
}

// leaseStates counts addresses and prefixes, by what has become of them.
func leaseStates(t *bindings.Table) map[string]int {
	n := map[string]int{}
	addresses, prefixes := t.Leases()
	for _, l := range []bindings.Leases{addresses, prefixes} {
		for _, s := range inStates(&l) {
			n[s.state] += s.n
		}
	}
	return n
}
