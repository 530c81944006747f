package neighbor

import (
	"errors"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// discardPort is the port of the Discard Protocol (RFC 863): nobody minds a
// datagram there.
const discardPort = 9

// poke sends an empty datagram to a neighbour, for which the kernel has to know
// its link-layer address. To have the kernel solicit without one, by NTF_USE,
// takes CAP_NET_ADMIN. Where there is no room it does not wait.
func poke(conn syscall.RawConn, index uint32, a netip.Addr) (err error) {
	to := &unix.SockaddrInet6{Addr: a.As16(), ZoneId: index, Port: discardPort}
	return errors.Join(conn.Control(func(fd uintptr) { err = unix.Sendto(int(fd), nil, unix.MSG_DONTWAIT, to) }), err)
}

// Solicit has the kernel ask for the address of a neighbour, and gives a channel
// that is closed when MAC has it. It is nil if there is nothing to wait for: the
// neighbour was asked lately and has not answered, or too many others were asked
// on its link.
func (t *Table) Solicit(index uint32, a netip.Addr) <-chan struct{} {
	k := key{a.As16(), index}
	known, ask := t.question(k)
	if !ask {
		return known
	}
	if err := t.send(index, a); err != nil {
		t.failed.Add(1) // such as an interface that has just gone; a client asks again
		t.giveUp(k)
		return nil
	}
	t.solicited.Add(1)
	return known
}

// question gives what the answer to a question closes, and whether it has yet to
// be asked. Somebody may just have answered.
func (t *Table) question(k key) (known <-chan struct{}, ask bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.entries[k]; ok {
		return closed(), false
	}
	now := t.clock()
	if known, asked := t.asked.pending(k, now); asked {
		return known, false
	}
	if !t.asked.allow(k.index, now) {
		t.refused.Add(1)
		return nil, false
	}
	return t.asked.add(k, now), true
}

// giveUp has nobody wait for a neighbour that was not asked.
func (t *Table) giveUp(k key) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked.settle(k)
}

func closed() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

const (
	// patience is how long an answer is worth waiting for; a neighbour on the link
	// takes milliseconds.
	patience = 250 * time.Millisecond
	// askAgain is how long who does not answer is not asked again.
	askAgain = time.Second
	// atOnce is how many neighbours that do not answer are asked on a link, and
	// perSecond how many more in each second. The kernel keeps them for three
	// seconds, with the datagrams, for which a socket has room for 512 by default
	// (net.core.wmem_max), of its 1024 neighbours of all links.
	atOnce    = 200
	perSecond = 100
)

// questions are the neighbours that were asked in the last askAgain, the oldest
// first.
type questions struct {
	open    map[key]*question
	inOrder []asking
	rates   map[uint32]*bucket // by interface
}

// question is one neighbour that was asked. known is closed with the answer.
type question struct {
	known chan struct{}
	at    time.Time
}

// asking is a question at its place in the order.
type asking struct {
	key key
	*question
}

func newQuestions() questions {
	return questions{open: map[key]*question{}, rates: map[uint32]*bucket{}}
}

// pending says whether a neighbour was asked lately, and gives what its answer
// closes while that is worth waiting for.
func (q *questions) pending(k key, now time.Time) (known <-chan struct{}, asked bool) {
	q.expire(now)
	one, asked := q.open[k]
	if !asked || now.Sub(one.at) >= patience {
		return nil, asked
	}
	return one.known, true
}

// expire forgets who was asked long ago.
func (q *questions) expire(now time.Time) {
	for len(q.inOrder) > 0 && now.Sub(q.inOrder[0].at) >= askAgain {
		if oldest := q.inOrder[0]; q.open[oldest.key] == oldest.question {
			delete(q.open, oldest.key)
		}
		q.inOrder = q.inOrder[1:]
	}
}

// add notes that a neighbour is asked.
func (q *questions) add(k key, now time.Time) <-chan struct{} {
	one := &question{make(chan struct{}), now}
	q.open[k] = one
	q.inOrder = append(q.inOrder, asking{k, one})
	return one.known
}

// settle ends the waiting for a neighbour, and says whether it was asked.
func (q *questions) settle(k key) bool {
	one, ok := q.open[k]
	if ok {
		delete(q.open, k)
		close(one.known)
	}
	return ok
}

// answered ends the waiting for a neighbour, in whose place another one may be
// asked.
func (q *questions) answered(k key) {
	if q.settle(k) {
		b := q.rates[k.index]
		b.tokens = min(atOnce, b.tokens+1)
	}
}

// bucket is how many may still be asked on a link at a time.
type bucket struct {
	tokens float64
	at     time.Time
}

// allow says whether one more neighbour may be asked on the link of an interface.
func (q *questions) allow(index uint32, now time.Time) bool {
	b, ok := q.rates[index]
	if !ok {
		b = &bucket{atOnce, now}
		q.rates[index] = b
	}
	b.tokens = min(atOnce, b.tokens+perSecond*now.Sub(b.at).Seconds())
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
