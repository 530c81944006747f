package assembly

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/lease"
)

// hostPrefix is before a host's name in the name of the small value that keeps a
// host which was made over the API.
const hostPrefix = "host/"

// Kept is what is known of a host that was made over the API, beside the host.
type Kept struct {
	Version uint64          // another one after each change, of its state too; no host had it before
	Options json.RawMessage // as they were written; nil: none
}

// loadHosts puts the hosts that a store keeps into the registry. Those that a
// source stands against are set aside there.
func (v *view) loadHosts(ctx context.Context, store lease.Store) error {
	var hosts []*host.Host
	v.kept = map[string]Kept{}
	err := store.Values(ctx, hostPrefix, func(name string, value []byte) error {
		h, k, err := decodeHost(strings.TrimPrefix(name, hostPrefix), value)
		if err != nil {
			return err
		}
		hosts = append(hosts, h)
		v.kept[h.Name] = k
		return nil
	})
	if err == nil {
		err = v.loadSequence(ctx, store)
	}
	if err == nil && len(hosts) > 0 {
		v.hosts.Adopt(hosts)
	}
	return err
}

// Kept gives what is known of a host that was made over the API, and whether
// there is one of that name. It may be set aside.
func (s *States) Kept(name string) (Kept, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.kept[name]
	return k, ok
}

// Writing is a change of one host over the API.
type Writing struct {
	Host    *host.Host
	Options json.RawMessage // as they were written
	// State says that the state of the host is the one in Host from now on, as
	// Set would have it. Otherwise one that was set stays.
	State bool
	// If, unless it is nil, says whether to go on, and why not: there is such a
	// host, or not. It may still change what is to be written.
	If func(was Kept, there bool) error
	// Reserve, unless it is nil, has what one host claims be nobody else's from now
	// on, and what another one claims be free; either may be nil. It is called
	// before the change is durable, and again for what it leaves behind.
	Reserve func(come, gone *host.Host)
}

func (w *Writing) reserve(come, gone *host.Host) {
	if w.Reserve != nil && (come != nil || gone != nil) {
		w.Reserve(come, gone)
	}
}

// Write makes a host, or changes one that was made over the API: durably, and
// then for all exchanges. On error nothing changes; what is another host's is a
// *host.ClaimError.
func (s *States) Write(ctx context.Context, w *Writing) (Kept, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := w.Host.Name
	was, there := s.kept[name]
	if w.If != nil {
		if err := w.If(was, there); err != nil {
			return was, err
		}
	}
	if err := s.hosts.CheckPut(w.Host); err != nil {
		return was, err
	}
	k := Kept{Version: s.sequence + 1, Options: w.Options}
	values, done, err := s.writeValues(w, k)
	if err != nil {
		return was, err
	}
	before := s.counting(name)
	w.reserve(w.Host, nil)
	if err := s.store.PutAll(ctx, values...); err != nil {
		w.reserve(nil, w.Host)
		return was, err
	}
	done()
	err = s.written(w, k, there)
	w.reserve(nil, before)
	return k, err
}

// counting gives the host that was made over the API under a name, if it counts.
func (s *States) counting(name string) *host.Host {
	if k, ok := s.hosts.Lookup(name); !ok || k.Aside != nil {
		return nil
	}
	return s.hosts.Own(name)
}

// Steady calls f while no host changes but those of files, and no state.
func (s *States) Steady(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// writeValues gives the values that make a change durable, and what is to be
// called once they are. A state that is said takes the place of one that was set.
func (s *States) writeValues(w *Writing, k Kept) ([]lease.Value, func(), error) {
	value, err := encodeHost(w.Host, k)
	if err != nil {
		return nil, nil, err
	}
	name, done := w.Host.Name, func() {}
	values := []lease.Value{{Name: hostPrefix + name, Data: value}, sequenceValue(k.Version)}
	if !w.State {
		return values, done, nil
	}
	values = append(append(values, s.withoutNotes(name)...), lease.Value{Name: statePrefix + name})
	var retired []lease.Value
	if s.stateOf(name) != w.Host.State.String() {
		retired, done, err = s.retired(name, w.Host.State)
	}
	if w.Host.State == host.Deploy {
		values = append(values, lease.Value{Name: pinPrefix + name})
	}
	return append(values, retired...), done, err
}

// written does in memory what is durable.
func (s *States) written(w *Writing, k Kept, there bool) error {
	name, state := w.Host.Name, s.stateOf(w.Host.Name)
	if w.State {
		s.willBe(name, w.Host.State)
		s.eachView(func(v *view) {
			v.hosts.ResetState(name)
			if w.Host.State == host.Deploy {
				v.hosts.Unpin(name)
			}
		})
	}
	if err := s.hosts.Put(w.Host); err != nil {
		return err
	}
	s.eachBefore(func(v *view) { _ = v.hosts.Put(w.Host) }) // where it cannot be put, nobody begins any more
	s.kept[name], s.sequence = k, k.Version
	reason := event.Created
	if there {
		reason = event.Changed
		if is := s.stateOf(name); state != "" && state != is {
			s.tellState(name, state)
		}
	}
	s.events.Publish(event.Event{Kind: event.HostChanged, Host: name, Reason: reason, State: s.stateOf(name)})
	return nil
}

// Remove deletes a host that was made over the API, with its state and all that
// is kept of it: durably, and then for all exchanges. Only name, If and Reserve of
// what is written count; that there is no such host is for If to say.
func (s *States) Remove(ctx context.Context, name string, w *Writing) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	was, there := s.kept[name]
	if err := w.If(was, there); err != nil {
		return err
	}
	values := []lease.Value{{Name: hostPrefix + name}, sequenceValue(s.sequence + 1)}
	own := !s.ofSource(name)
	if own {
		values = append(append(values, s.withoutNotes(name)...), lease.Value{Name: statePrefix + name}, lease.Value{Name: pinPrefix + name})
	}
	if err := s.store.PutAll(ctx, values...); err != nil {
		return err
	}
	before := s.counting(name)
	s.removed(name, own)
	w.reserve(nil, before)
	return nil
}

// removed does in memory what is durable. own says that no source has a host of
// the name, so that what is known of its state goes.
func (s *States) removed(name string, own bool) {
	s.sequence++
	delete(s.kept, name)
	s.eachView(func(v *view) { v.hosts.Remove(name) })
	if own {
		s.willBe(name, host.New)
		s.eachView(func(v *view) {
			v.hosts.ResetState(name)
			v.hosts.Unpin(name)
		})
	}
	s.events.Publish(event.Event{Kind: event.HostChanged, Host: name, Reason: event.Deleted})
}

// eachView calls do with what every generation sees.
func (s *States) eachView(do func(*view)) {
	do(s.view)
	s.eachBefore(do)
}

// ofSource says whether the host of a name that counts is that of a source, so
// that its state is not that of one of the API.
func (s *States) ofSource(name string) bool {
	h, ok := s.hosts.Lookup(name)
	return ok && h.Host.Source != OwnSource
}

// nextVersion gives the values that give a host of the API another version, since
// its state changes, and what is to be called once they are durable.
func (s *States) nextVersion(name string) ([]lease.Value, func(), error) {
	k, ok := s.kept[name]
	h := s.hosts.Own(name)
	if !ok || h == nil {
		return nil, func() {}, nil
	}
	k.Version = s.sequence + 1
	value, err := encodeHost(h, k)
	done := func() { s.kept[name], s.sequence = k, k.Version }
	return []lease.Value{{Name: hostPrefix + name, Data: value}, sequenceValue(k.Version)}, done, err
}
