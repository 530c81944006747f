package events

import (
	"net/netip"
	"time"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/stage"
)

// maxHosts bounds of how many hosts the stage is remembered. What is forgotten
// is told once more.
const maxHosts = 1 << 20

// Follower tells of what becomes of leases, and of the stages that known
// machines go through. Learn and Follow are for one goroutine.
type Follower struct {
	log    *Log
	stages map[string]seen // by host
}

// seen is the stage that a host was in when it was last answered.
type seen struct {
	stage stage.Stage
	at    time.Time
}

// NewFollower makes a follower that tells a log.
func NewFollower(log *Log) *Follower { return &Follower{log, map[string]seen{}} }

// Learn takes note of a binding that was there before.
func (f *Follower) Learn(b *lease.Binding) { f.changed(b) }

// Follow tells of changes that are durable.
func (f *Follower) Follow(changes []lease.Change) {
	var lost map[netip.Prefix]*lease.Binding
	for i := range changes {
		lost = addLost(lost, &changes[i])
	}
	for i := range changes {
		c := &changes[i]
		if c.After == nil {
			continue
		}
		if was, ok := f.changed(c.After); ok {
			f.tellStage(c.After, was)
		}
		for j := range c.After.Leases {
			f.tellLease(c, &c.After.Leases[j], lost)
		}
	}
}

// addLost adds the live leases that have gone from a binding.
func addLost(lost map[netip.Prefix]*lease.Binding, c *lease.Change) map[netip.Prefix]*lease.Binding {
	if c.Before == nil {
		return lost
	}
	for i := range c.Before.Leases {
		p := c.Before.Leases[i].Prefix
		if c.Before.Leases[i].State != lease.Active || c.After != nil && c.After.Lease(p) != nil {
			continue
		}
		if lost == nil {
			lost = map[netip.Prefix]*lease.Binding{}
		}
		lost[p] = c.Before
	}
	return lost
}

// changed notes the stage of the binding's host, and gives the one before, with
// whether it is another one.
func (f *Follower) changed(b *lease.Binding) (was stage.Stage, ok bool) {
	if b.Host == "" || b.Stage == stage.Unknown {
		return was, false
	}
	old := f.stages[b.Host]
	if b.Updated.Before(old.at) {
		return was, false
	}
	if len(f.stages) >= maxHosts {
		clear(f.stages)
	}
	f.stages[b.Host] = seen{b.Stage, b.Updated}
	return old.stage, old.stage != b.Stage
}

func (f *Follower) tellStage(b *lease.Binding, was stage.Stage) {
	e := of(b, event.StageChanged)
	if was != stage.Unknown {
		e.Was = was.String()
	}
	f.log.Publish(e)
}

// tellLease tells what became of one lease of a binding that changed.
func (f *Follower) tellLease(c *lease.Change, l *lease.Lease, lost map[netip.Prefix]*lease.Binding) {
	was := before(c, l.Prefix)
	e := of(c.After, event.Leased)
	e.Prefix, e.Source = l.Prefix, l.Pool
	switch {
	case l.State == was.State && (l.State != lease.Active || was.Live(c.After.Updated)):
		return
	case l.State == lease.Declined:
		e.Kind = event.Declined
	case l.State == lease.Released && was.State == lease.Active:
		e.Kind = event.Released
	case l.State == lease.Active && lost[l.Prefix] != nil:
		from := lost[l.Prefix]
		e.Kind, e.Other, e.OtherDUID = event.Moved, from.Host, from.DUID
	case l.State != lease.Active:
		return
	}
	f.log.Publish(e)
}

// before gives a lease as it was, or the zero lease.
func before(c *lease.Change, p netip.Prefix) (l lease.Lease) {
	if c.Before != nil {
		if was := c.Before.Lease(p); was != nil {
			l = *was
		}
	}
	return l
}

// TellExpired tells of a lease of a binding that ran out.
func (l *Log) TellExpired(b *lease.Binding, ran *lease.Lease) {
	if ran.State != lease.Active {
		return // it rested
	}
	e := of(b, event.Expired)
	e.Prefix, e.Source = ran.Prefix, ran.Pool
	l.Publish(e)
}

// of gives an event about a binding.
func of(b *lease.Binding, k event.Kind) event.Event {
	return event.Event{Kind: k, Host: b.Host, MAC: b.MAC, DUID: b.DUID, IA: b.IA, Link: b.Link, Stage: b.Stage}
}
