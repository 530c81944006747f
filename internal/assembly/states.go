package assembly

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/token"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// statePrefix is before a host's name in the name of the small value that keeps
// its state.
const statePrefix = "host-state/"

// States keeps the states that are set while the server runs, so that they
// survive it. It outlives reloads, and is safe for concurrent use.
type States struct {
	mu     sync.Mutex // keeps the order of changes the same in both
	*view             // that of the generation that serves
	before []*view    // of generations that are still in use, and are told
	store  lease.Store
	notes  notes
	takers []string // who may have notes
	clock  func() time.Time
	events pipeline.Events
}

// view is what one generation sees of the states.
type view struct {
	hosts     *host.Registry
	tokens    *token.Ledger // nil where hosts have none
	followers followers
	kept      map[string]Kept // the hosts that were made over the API
	sequence  uint64          // the last version of one
	// Ignored says which DUIDs were not pinned again since they are other hosts'
	// by now. The store keeps them.
	Ignored []error
}

// LoadStates puts the hosts that a store keeps into the registry, sets the states,
// and pins the DUIDs.
func LoadStates(ctx context.Context, hosts *host.Registry, store lease.Store) (*States, error) {
	s := &States{view: &view{hosts: hosts}, store: store}
	return s, s.view.load(ctx, store)
}

// load reads the hosts, states and pinned DUIDs that a store keeps.
func (v *view) load(ctx context.Context, store lease.Store) error {
	err := store.Values(ctx, statePrefix, func(name string, value []byte) error {
		var s host.State
		if err := s.UnmarshalText(value); err != nil {
			return fmt.Errorf("damaged value %q: %w: restore the leases from a backup", name, err)
		}
		v.hosts.SetState(strings.TrimPrefix(name, statePrefix), s)
		return nil
	})
	return errors.Join(err, v.loadHosts(ctx, store), v.loadPins(ctx, store))
}

// Set sets the state of a host: durably, and then for all exchanges.
func (s *States) Set(ctx context.Context, name string, state host.State) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set(ctx, name, state)
}

// set sets the state of a host together with other values. What is pinned to a
// host that is to be installed goes.
func (s *States) set(ctx context.Context, name string, state host.State, others ...lease.Value) error {
	values := append(s.withoutNotes(name), lease.Value{Name: statePrefix + name, Data: []byte(state.String())})
	if state == host.Deploy {
		values = append(values, lease.Value{Name: pinPrefix + name})
	}
	retired, done, err := s.retired(name, state)
	if err != nil {
		return err
	}
	version, numbered, err := s.nextVersion(name)
	if err != nil {
		return err
	}
	values = append(append(append(values, retired...), version...), others...)
	if err := s.store.PutAll(ctx, values...); err != nil {
		return err
	}
	done()
	numbered()
	was := s.stateOf(name)
	s.willBe(name, state)
	s.hosts.SetState(name, state)
	s.eachBefore(func(v *view) { v.hosts.SetState(name, state) })
	s.tellState(name, was)
	return nil
}

// Reset gives a host the state back that its source says, durably.
func (s *States) Reset(ctx context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	retired, done, err := s.retired(name, s.inSource(name))
	if err != nil {
		return err
	}
	version, numbered, err := s.nextVersion(name)
	if err != nil {
		return err
	}
	values := append(append(append(s.withoutNotes(name), retired...), version...), lease.Value{Name: statePrefix + name})
	if err := s.store.PutAll(ctx, values...); err != nil {
		return err
	}
	done()
	numbered()
	was := s.stateOf(name)
	known, _ := s.hosts.Lookup(name)
	s.willBe(name, known.InSource)
	s.hosts.ResetState(name)
	s.eachBefore(func(v *view) { v.hosts.ResetState(name) })
	s.tellState(name, was)
	return nil
}
