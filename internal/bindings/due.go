package bindings

import (
	"time"

	"github.com/stage6/stage6/lease"
)

// Table.due is a heap of the spots whose state changes by itself, by
// spot.when. A lease that is prolonged stays where it is: what comes up early
// is put back.

// schedule has the spot looked at when its lease ends; 0 is never.
func (t *Table) schedule(id uint32, s *spot, when int64) {
	switch {
	case when == 0:
		t.unschedule(s)
	case s.heap == 0:
		s.when = when
		t.due.push(id)
		s.heap = uint32(t.due.len())
		t.rise(t.due.len() - 1)
	case when < s.when:
		s.when = when
		t.rise(int(s.heap) - 1)
	}
}

func (t *Table) unschedule(s *spot) {
	if s.heap == 0 {
		return
	}
	i := int(s.heap) - 1
	moved := t.due.pop()
	s.heap = 0
	if i < t.due.len() {
		t.put(i, moved)
		t.rise(i)
		t.sink(int(t.spots.at(moved).heap) - 1)
	}
}

func (t *Table) put(i int, id uint32) {
	*t.due.at(i) = id
	t.spots.at(id).heap = uint32(i) + 1
}

func (t *Table) whenAt(i int) int64 { return t.spots.at(*t.due.at(i)).when }

// The heap has four children a node.

func (t *Table) rise(i int) {
	id := *t.due.at(i)
	when := t.spots.at(id).when
	for i > 0 && when < t.whenAt((i-1)/4) {
		t.put(i, *t.due.at((i - 1) / 4))
		i = (i - 1) / 4
	}
	t.put(i, id)
}

func (t *Table) sink(i int) {
	id := *t.due.at(i)
	when := t.spots.at(id).when
	for {
		least, at := when, i
		for c := 4*i + 1; c <= 4*i+4 && c < t.due.len(); c++ {
			if w := t.whenAt(c); w < least {
				least, at = w, c
			}
		}
		if at == i {
			break
		}
		t.put(i, *t.due.at(at))
		i = at
	}
	t.put(i, id)
}

// advance takes notice of at most so many leases that have ended, and says
// whether there was any.
func (t *Table) advance(now time.Time, most int) (any bool) {
	nano := nanos(now)
	for ; most > 0 && t.due.len() > 0 && t.whenAt(0) <= nano; most-- {
		any = true
		t.end(*t.due.at(0), now)
	}
	return any
}

// end has a look at the lease of the first spot of the heap.
func (t *Table) end(id uint32, now time.Time) {
	s := t.spots.at(id)
	r, b := t.records.at(s.owner), t.look(s.owner)
	l := b.Lease(s.prefix())
	state, when := judge(l, now)
	if state != remembered {
		s.when = when
		t.sink(int(s.heap) - 1)
		return
	}
	if l.State == lease.Active {
		ran := t.read(s.owner)
		t.ran = append(t.ran, Expired{ran, ran.Lease(l.Prefix)})
	}
	s.state = state
	t.show(id)
	t.noteEnded(s.owner, r, b)
}

// noteEnded keeps the record in the list of those that hold nothing, or out of
// it.
func (t *Table) noteEnded(id uint32, r *record, b *lease.Binding) {
	ended := true
	for i := range b.Leases {
		p, _ := placeOf(b.Leases[i].Prefix)
		if s := t.spots.at(t.spotAt(p)); s.state != remembered {
			ended = false
		}
	}
	t.setEnded(id, r, ended)
}

func (t *Table) setEnded(id uint32, r *record, ended bool) {
	if ended == r.isEnded {
		return
	}
	r.isEnded = ended
	if ended {
		t.nEnded++
		t.ended.pushBack(id, t.endedLinks)
		return
	}
	t.nEnded--
	t.ended.remove(id, t.endedLinks)
}

func (t *Table) endedLinks(id uint32) *links { return &t.records.at(id).ended }
