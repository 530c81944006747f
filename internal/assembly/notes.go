package assembly

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

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
	s := &States{store: store, clock: a.clock, events: a.events}
	v, err := s.viewOf(ctx, a)
	if err != nil {
		return nil, err
	}
	s.view = v
	return s, nil
}

// viewOf makes what an assembly sees of the states, and gives it to the handlers
// that ask for it.
func (s *States) viewOf(ctx context.Context, a *Assembly) (*view, error) {
	v := &view{hosts: a.Hosts}
	if err := errors.Join(v.load(ctx, s.store), v.useTokens(ctx, a.Tokens, s.store)); err != nil {
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
		if err := h.UseStates(&handle{s, v, step.Name}); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// loadNotes reads the notes that somebody has.
func (s *States) loadNotes(ctx context.Context, taker string) error {
	if slices.Contains(s.takers, taker) {
		return nil
	}
	s.takers = append(s.takers, taker)
	prefix := noteKey{taker, ""}.value()
	return s.store.Values(ctx, prefix, func(name string, value []byte) error {
		s.notes.set(noteKey{taker, strings.TrimPrefix(name, prefix)}, string(value))
		return nil
	})
}

// withoutNotes gives the values that remove all notes on a host.
func (s *States) withoutNotes(name string) (values []lease.Value) {
	for _, taker := range s.takers {
		if k := (noteKey{taker, name}); s.notes.of(k) != "" {
			values = append(values, lease.Value{Name: k.value()})
		}
	}
	return values
}

// willBe forgets the notes on a host, and tells the followers what its state is
// about to be.
func (s *States) willBe(name string, state host.State) {
	for _, taker := range s.takers {
		s.notes.set(noteKey{taker, name}, "")
	}
	s.followers.tell(name, state)
	s.eachBefore(func(v *view) { v.followers.tell(name, state) })
}

// note keeps a note durably, or, when it is empty, removes it.
func (s *States) note(ctx context.Context, k noteKey, text string) (err error) {
	switch text {
	case s.notes.of(k):
		return nil
	case "":
		err = s.store.Delete(ctx, k.value())
	default:
		err = s.store.Put(ctx, k.value(), []byte(text))
	}
	if err == nil {
		s.notes.set(k, text)
	}
	return err
}

// notes are the notes on hosts. The zero value has none; it is safe for concurrent
// use.
type notes struct {
	mu   sync.Mutex
	text map[noteKey]string
}

// of gives a note, or nothing.
func (n *notes) of(k noteKey) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text[k]
}

// set keeps a note; an empty one goes.
func (n *notes) set(k noteKey, text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if text == "" {
		delete(n.text, k)
		return
	}
	if n.text == nil {
		n.text = map[noteKey]string{}
	}
	n.text[k] = text
}

// each calls yield with the notes of a taker.
func (n *notes) each(taker string, yield func(name, text string)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for k, text := range n.text {
		if k.taker == taker {
			yield(k.host, text)
		}
	}
}

// followers are told of states. The zero value has none; it is safe for concurrent
// use.
type followers struct {
	mu  sync.Mutex
	all []func(name string, state host.State)
}

func (f *followers) add(told func(name string, state host.State)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, told)
}

func (f *followers) tell(name string, state host.State) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, told := range f.all {
		told(name, state)
	}
}

// handle is the states as one handler has them.
type handle struct {
	states *States
	sees   *view // of the handler's generation
	taker  string
}

// Change implements pipeline.States.
func (h *handle) Change(ctx context.Context, of *host.Host, state host.State) (bool, error) {
	return h.ifSame(of, func() error { return h.states.set(ctx, of.Name, state) })
}

// Note implements pipeline.States.
func (h *handle) Note(ctx context.Context, of *host.Host, text string) (bool, error) {
	return h.ifSame(of, func() error { return h.states.note(ctx, noteKey{h.taker, of.Name}, text) })
}

// ifSame does something if the registry still has that host, and says whether it
// was done.
func (h *handle) ifSame(of *host.Host, do func() error) (bool, error) {
	h.states.mu.Lock()
	defer h.states.mu.Unlock()
	if h.sees.hosts.ByName(of.Name) != of {
		return false, nil
	}
	err := do()
	return err == nil, err
}

// Notes implements pipeline.States.
func (h *handle) Notes(yield func(name, text string)) { h.states.notes.each(h.taker, yield) }

// Follow implements pipeline.States.
func (h *handle) Follow(f func(name string, state host.State)) { h.sees.followers.add(f) }
