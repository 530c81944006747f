package assembly

import (
	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
)

// stateOf gives the state of a host, or nothing where it is not known.
func (s *States) stateOf(name string) string {
	k, ok := s.hosts.Lookup(name)
	if !ok {
		return ""
	}
	return k.Host.State.String()
}

// tellState tells that the state of a host was set or reset.
func (s *States) tellState(name, was string) {
	s.events.Publish(event.Event{Kind: event.StateChanged, Host: name, State: s.stateOf(name), Was: was})
}

// pin pins a DUID that is durable to a host, and tells so.
func (s *States) pin(name string, duid ident.DUID) error {
	if err := s.hosts.Pin(name, duid); err != nil {
		return err
	}
	s.eachBefore(func(v *view) { _ = v.hosts.Pin(name, duid) }) // where another host has it, nobody begins any more
	s.events.Publish(event.Event{Kind: event.Pinned, Host: name, DUID: duid})
	return nil
}
