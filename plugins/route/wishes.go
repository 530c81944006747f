package route

import (
	"net/netip"
	"sync"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// maxChanged bounds how many changed prefixes are remembered one by one. When
// there are more, all are looked at instead.
const maxChanged = 1 << 16

// wish is a route that is wanted for as long as the lease of its prefix lives.
type wish struct {
	owner lease.Key
	via   netip.Addr
	until time.Time // zero: for ever
}

// wishes are the routes that follow from the leases. They are written by who
// follows the leases and read by the keeper, and never hold either up for long.
type wishes struct {
	clock func() time.Time
	news  chan struct{} // has a value when something changed

	mu      sync.Mutex
	wanted  map[netip.Prefix]wish
	changed map[netip.Prefix]struct{}
	all     bool      // more changed than is remembered
	next    time.Time // no wish ends before; zero: none ends
}

func newWishes(clock func() time.Time) *wishes {
	return &wishes{
		clock: clock, news: make(chan struct{}, 1),
		wanted: map[netip.Prefix]wish{}, changed: map[netip.Prefix]struct{}{},
	}
}

// follow takes note of changes that are durable.
func (w *wishes) follow(changes []lease.Change) {
	now := w.clock()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range changes {
		w.drop(changes[i].Before)
		w.want(changes[i].After, now)
	}
	if w.all || len(w.changed) > 0 {
		select {
		case w.news <- struct{}{}:
		default:
		}
	}
}

// drop forgets the wishes of a binding that was. What another one has taken
// over is that one's.
func (w *wishes) drop(b *lease.Binding) {
	if b == nil || b.IA.Type != ident.PD {
		return
	}
	for i := range b.Leases {
		p := b.Leases[i].Prefix
		if is, ok := w.wanted[p]; ok && is.owner == b.Key {
			delete(w.wanted, p)
			w.mark(p)
		}
	}
}

// want adds the wishes of a binding that is.
func (w *wishes) want(b *lease.Binding, now time.Time) {
	if b == nil || b.IA.Type != ident.PD || !b.Via.IsValid() {
		return
	}
	for i := range b.Leases {
		l := &b.Leases[i]
		if !l.Live(now) {
			continue
		}
		w.wanted[l.Prefix] = wish{b.Key, b.Via, l.Until}
		w.mark(l.Prefix)
		if !l.Until.IsZero() && (w.next.IsZero() || l.Until.Before(w.next)) {
			w.next = l.Until
		}
	}
}

func (w *wishes) mark(p netip.Prefix) {
	if len(w.changed) >= maxChanged {
		w.all = true
		clear(w.changed)
	}
	if !w.all {
		w.changed[p] = struct{}{}
	}
}

// expire drops the wishes whose leases have run out.
func (w *wishes) expire() {
	now := w.clock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next.IsZero() || now.Before(w.next) {
		return
	}
	w.next = time.Time{}
	for p, is := range w.wanted {
		switch {
		case is.until.IsZero():
		case !now.Before(is.until):
			delete(w.wanted, p)
			w.mark(p)
		case w.next.IsZero() || is.until.Before(w.next):
			w.next = is.until
		}
	}
}

// take appends the prefixes that have changed since the last time, or says that
// all are to be looked at. ends is when the next wish may end, or zero.
func (w *wishes) take(dst []netip.Prefix) (changed []netip.Prefix, all bool, ends time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p := range w.changed {
		dst = append(dst, p)
	}
	all = w.all
	w.all = false
	clear(w.changed)
	return dst, all, w.next
}

// of gives the next hop to a prefix, or the zero address when no route to it is
// wanted.
func (w *wishes) of(p netip.Prefix) netip.Addr {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.wanted[p].via
}

// prefixes appends all to which routes are wanted.
func (w *wishes) prefixes(dst []netip.Prefix) []netip.Prefix {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p := range w.wanted {
		dst = append(dst, p)
	}
	return dst
}
