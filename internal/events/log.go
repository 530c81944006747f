// Package events keeps what happened for those who want to know it: a bounded
// memory of events that readers follow by number.
package events

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
)

// Log keeps the last events of each kind. It is safe for concurrent use;
// publishing never waits for a reader.
//
// What clients of no known machine cause is kept apart from everything else, so
// that a crowd of made-up clients hides nothing of the known ones. Of both there
// is a bound on how many events of a kind are taken in a second. The whole takes
// at most about 20 MB.
type Log struct {
	clock func() time.Time
	seed  maphash.Seed

	mu        sync.Mutex
	first     uint64 // the number before that of the first event
	last      uint64 // the number of the last event
	known     class
	strangers class
	counts    [event.Kinds]Count
	news      chan struct{} // closed by the next event; nil: nobody waits
	ended     bool
}

// Count tells how many events of a kind there were.
type Count struct {
	Published  uint64
	Merged     uint64 // the same had happened shortly before
	Suppressed uint64 // there were too many in a short time
}

// New makes a log. The numbers of events go on rising when the server is
// started again: the first one follows from the time.
func New(clock func() time.Time) *Log {
	first := uint64(clock().UnixMilli())
	return &Log{
		clock: clock, seed: maphash.MakeSeed(), first: first, last: first,
		known: newClass(knownBounds), strangers: newClass(strangerBounds),
	}
}

// Publish keeps an event and gives it its number, and its time where it has
// none. It does not where the same happened a short time ago, or too much did.
func (l *Log) Publish(e event.Event) { l.PublishOf(e, nil, nil) }

// PublishOf is Publish for an event of the client with a DUID, which is copied
// if the event is kept. Then its text is asked for, too, if text is not nil.
func (l *Log) PublishOf(e event.Event, duid []byte, text func() string) {
	if e.Time.IsZero() {
		e.Time = l.clock()
	}
	key := l.key(&e, duid)
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.classOf(&e, duid)
	if !l.admit(c, &e, key) {
		return
	}
	if len(duid) > 0 {
		e.DUID = ident.DUID(duid)
	}
	if text != nil {
		e.Text = text()
	}
	e.Text = bounded(e.Text)
	l.last++
	e.Seq = l.last
	c.rings[e.Kind].add(e, c.bounds.kept)
	l.wake()
}

// wake lets go who waits for news. The caller holds l.mu.
func (l *Log) wake() {
	if l.news != nil {
		close(l.news)
		l.news = nil
	}
}

// End lets go everybody who waits, now and later.
func (l *Log) End() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.wake()
}

// admit says whether to keep the event, and counts it.
func (l *Log) admit(c *class, e *event.Event, key uint64) bool {
	n := &l.counts[e.Kind]
	if merges(e.Kind) && !c.recent.isNew(key, e) {
		n.Merged++
		return false
	}
	if !c.rings[e.Kind].allow(e.Time, c.bounds) {
		n.Suppressed++
		return false
	}
	n.Published++
	e.Suppressed, c.rings[e.Kind].suppressed = c.rings[e.Kind].suppressed, 0
	return true
}

// classOf gives the part of the log that an event belongs into.
func (l *Log) classOf(e *event.Event, duid []byte) *class {
	if e.Host == "" && (len(duid) > 0 || e.DUID != "" || !e.MAC.IsZero()) {
		return &l.strangers
	}
	return &l.known
}

// Counts gives the counts by kind.
func (l *Log) Counts() [event.Kinds]Count {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts
}

// maxText bounds the text of an event, in octets.
const maxText = 512

func bounded(text string) string {
	if len(text) > maxText {
		return text[:maxText]
	}
	return text
}
