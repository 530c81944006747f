package events

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/stage6/stage6/event"
)

// Query selects events. Empty fields select all.
type Query struct {
	Since uint64       // those after that number
	From  time.Time    // at or after that time
	Kinds []event.Kind // of these kinds
	Host  string       // of that known machine
	Limit int          // at most so many, the oldest first; 0: all
}

// Page is what a query gave.
type Page struct {
	Events []event.Event
	// Next is to be given as Since for what comes after the page.
	Next uint64
	// Missed is how many events after Since are no longer kept: of all kinds, but
	// 0 where none of those that were asked for is among them.
	Missed uint64
	// Ended says that nothing comes after, since the server ends.
	Ended bool
}

// Last gives the number of the last event.
func (l *Log) Last() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// Read gives the events that a query selects, in order.
func (l *Log) Read(q Query) Page {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.read(q)
}

func (l *Log) read(q Query) Page {
	since := max(q.Since, l.first)
	p := Page{Next: max(l.last, since), Ended: l.ended}
	kept, lost := uint64(0), false
	l.each(func(k event.Kind, r *ring) {
		from := r.since(since)
		kept += uint64(len(r.events) - from)
		if !q.wants(k) {
			return
		}
		lost = lost || r.evicted > since
		for i := from; i < len(r.events); i++ {
			p.Events = append(p.Events, *r.at(i))
		}
	})
	if lost {
		p.Missed = l.last - since - kept
	}
	p.Events = slices.DeleteFunc(p.Events, func(e event.Event) bool { return !q.selects(&e) })
	slices.SortFunc(p.Events, func(a, b event.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	if q.Limit > 0 && len(p.Events) > q.Limit {
		p.Events = p.Events[:q.Limit]
		p.Next = p.Events[q.Limit-1].Seq
	}
	return p
}

// Follow is Read, but waits until there is something or ctx ends.
func (l *Log) Follow(ctx context.Context, q Query) Page {
	for {
		p, news := l.readOrWait(q)
		if news == nil {
			return p
		}
		select {
		case <-news:
			q.Since = p.Next
		case <-ctx.Done():
			return p
		}
	}
}

// readOrWait gives a page, and, where there is nothing in it, what is closed by
// the next event.
func (l *Log) readOrWait(q Query) (Page, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.read(q)
	if len(p.Events) > 0 || p.Missed > 0 || p.Ended {
		return p, nil
	}
	if l.news == nil {
		l.news = make(chan struct{})
	}
	return p, l.news
}

// selects says whether an event of a kind that is asked for is asked for.
func (q *Query) selects(e *event.Event) bool {
	return (q.Host == "" || e.Host == q.Host) && !e.Time.Before(q.From)
}

// each calls do with all rings.
func (l *Log) each(do func(event.Kind, *ring)) {
	for k := range event.Kinds {
		do(event.Kind(k), &l.known.rings[k])
		do(event.Kind(k), &l.strangers.rings[k])
	}
}

func (q *Query) wants(k event.Kind) bool { return len(q.Kinds) == 0 || slices.Contains(q.Kinds, k) }
