package daemon

import (
	"context"
	"slices"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/internal/quiet"
)

// Events gives events, and waits for the first one until ctx ends.
func (s *service) Events(ctx context.Context, q api.EventQuery) api.EventPage {
	since := q.Since
	if q.Now {
		since = s.events.Last()
	}
	p := s.events.Follow(ctx, events.Query{Since: since, From: q.From, Kinds: q.Kinds, Host: q.Host, Limit: q.Limit})
	return api.EventPage{Events: p.Events, Next: p.Next, Missed: p.Missed, Ended: p.Ended}
}

// logEvents writes into the log what goes wrong and of which there is no line
// where it happens, until ctx ends.
func (s *service) logEvents(ctx context.Context) error {
	var limits [event.Kinds]quiet.Limiter
	q := events.Query{Since: s.events.Last(), Kinds: []event.Kind{event.Declined, event.Denied}}
	for ended := false; !ended; {
		p := s.events.Follow(ctx, q)
		q.Since, ended = p.Next, p.Ended || ctx.Err() != nil
		for i := range p.Events {
			e := &p.Events[i]
			if !isLogged(e) {
				continue
			}
			if suppressed, ok := limits[e.Kind].Allow(time.Now()); ok {
				s.log.WithFields(logrus.Fields{"event": e.Kind, "duid": e.DUID, "suppressed": suppressed}).Warn(e)
			}
		}
	}
	return nil
}

// isLogged says whether a Declined or Denied goes into the log here. Plugins log
// what they refuse; clients for which nothing is configured are nothing wrong.
func isLogged(e *event.Event) bool {
	switch e.Reason {
	case event.PoolEmpty, event.Withheld, event.SenderLimit, event.NoLink, event.Borrowed:
		return true
	}
	return e.Kind == event.Declined
}

// tellLinks tells which interfaces are there that were not, and which are gone.
func (s *service) tellLinks(was, is []assembly.Interface) {
	s.tellMissing(event.LinkUp, is, was)
	s.tellMissing(event.LinkDown, was, is)
}

// tellMissing tells an event for each interface of some that others lack.
func (s *service) tellMissing(k event.Kind, some, others []assembly.Interface) {
	for i := range some {
		name := some[i].Name
		if !slices.ContainsFunc(others, func(o assembly.Interface) bool { return o.Name == name }) {
			s.events.Publish(event.Event{Kind: k, Link: name})
		}
	}
}
