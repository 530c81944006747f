package assembly

import (
	"context"
	"strings"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// notePrefix is before the taker's name, a slash and a host's name in the name of
// the small value that is a note on the host.
const notePrefix = "host-note/"

// noteKey names a note: who has it, on which host.
type noteKey struct{ taker, host string }

func (k noteKey) value() string { return notePrefix + k.taker + "/" + k.host }

// LoadStates sets the states that a store keeps, and gives them to the handlers
// that ask for them.
func (a *Assembly) LoadStates(ctx context.Context, store lease.Store) (*States, error) {
	s, err := LoadStates(ctx, a.Hosts, store)
	if err == nil {
		err = s.useTokens(ctx, a.Tokens, a.clock)
		s.events = a.events
	}
	if err != nil {
		return nil, err
	}
	for _, step := range a.Steps {
		h, ok := step.Handler.(pipeline.StateSetter)
		if !ok {
			continue
		}
		if err := s.loadNotes(ctx, step.Name); err != nil {
			return nil, err
		}
		if err := h.UseStates(handle{s, step.Name}); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// loadNotes reads the notes that somebody has.
func (s *States) loadNotes(ctx context.Context, taker string) error {
	s.takers = append(s.takers, taker)
	prefix := noteKey{taker, ""}.value()
	return s.store.Values(ctx, prefix, func(name string, value []byte) error {
		s.notes[noteKey{taker, strings.TrimPrefix(name, prefix)}] = string(value)
		return nil
	})
}

// withoutNotes gives the values that remove all notes on a host.
func (s *States) withoutNotes(name string) (values []lease.Value) {
	for _, taker := range s.takers {
		if k := (noteKey{taker, name}); s.notes[k] != "" {
			values = append(values, lease.Value{Name: k.value()})
		}
	}
	return values
}

// willBe forgets the notes on a host, and tells the followers what its state is
// about to be.
func (s *States) willBe(name string, state host.State) {
	for _, taker := range s.takers {
		delete(s.notes, noteKey{taker, name})
	}
	for _, f := range s.followers {
		f(name, state)
	}
}

// note keeps a note durably, or, when it is empty, removes it.
func (s *States) note(ctx context.Context, k noteKey, text string) error {
	if text == s.notes[k] {
		return nil
	}
	if text == "" {
		if err := s.store.Delete(ctx, k.value()); err != nil {
			return err
		}
		delete(s.notes, k)
		return nil
	}
	if err := s.store.Put(ctx, k.value(), []byte(text)); err != nil {
		return err
	}
	s.notes[k] = text
	return nil
}

// handle is the states as one handler has them.
type handle struct {
	states *States
	taker  string
}

// Change implements pipeline.States.
func (h handle) Change(ctx context.Context, of *host.Host, state host.State) (bool, error) {
	return h.ifSame(of, func() error { return h.states.set(ctx, of.Name, state) })
}

// Note implements pipeline.States.
func (h handle) Note(ctx context.Context, of *host.Host, text string) (bool, error) {
	return h.ifSame(of, func() error { return h.states.note(ctx, noteKey{h.taker, of.Name}, text) })
}

// ifSame does something if the registry still has that host, and says whether it
// was done.
func (h handle) ifSame(of *host.Host, do func() error) (bool, error) {
	h.states.mu.Lock()
	defer h.states.mu.Unlock()
	if h.states.hosts.ByName(of.Name) != of {
		return false, nil
	}
	err := do()
	return err == nil, err
}

// Notes implements pipeline.States.
func (h handle) Notes(yield func(name, text string)) {
	h.states.mu.Lock()
	defer h.states.mu.Unlock()
	for k, text := range h.states.notes {
		if k.taker == h.taker {
			yield(k.host, text)
		}
	}
}

// Follow implements pipeline.States.
func (h handle) Follow(f func(name string, state host.State)) {
	h.states.mu.Lock()
	defer h.states.mu.Unlock()
	h.states.followers = append(h.states.followers, f)
}
