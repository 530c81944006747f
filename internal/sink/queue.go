package sink

import (
	"context"
	"sync"

	"github.com/stage6/stage6/event"
)

// queue keeps events that wait, the oldest first. It is safe for concurrent use.
type queue struct {
	more chan struct{} // has an element when there is news

	mu     sync.Mutex
	size   int
	events []event.Event
	missed uint64 // lost before the first of them
	ended  bool
}

func newQueue(size int) *queue { return &queue{size: size, more: make(chan struct{}, 1)} }

// add appends events, and says how many of the oldest had to go for them. missed
// were lost before.
func (q *queue) add(more []event.Event, missed uint64) (dropped uint64) {
	if len(more) == 0 && missed == 0 {
		return 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.events = append(q.events, more...)
	if over := len(q.events) - q.size; over > 0 {
		dropped = uint64(over)
		q.discard(over)
	}
	q.missed += missed + dropped
	q.wake()
	return dropped
}

// resize has room be for so many events from the next ones on.
func (q *queue) resize(size int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.size = size
}

// discard removes the first n events.
func (q *queue) discard(n int) {
	left := copy(q.events, q.events[n:])
	clear(q.events[left:]) // what they point to lives no longer than it must
	q.events = q.events[:left]
}

// take removes the first events, at most n. It waits for one until ctx ends or
// the queue is ended and empty, and gives false then.
func (q *queue) take(ctx context.Context, n int) (Batch, bool) {
	for {
		b, ended := q.first(n)
		if len(b.Events) > 0 {
			return b, true
		}
		if ended {
			return b, false
		}
		select {
		case <-q.more:
		case <-ctx.Done():
			return b, false
		}
	}
}

// first removes the first events, and says whether none come after the others.
func (q *queue) first(n int) (b Batch, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if n = min(n, len(q.events)); n > 0 {
		b = Batch{append([]event.Event(nil), q.events[:n]...), q.missed}
		q.discard(n)
		q.missed = 0
	}
	return b, q.ended
}

// end says that nothing is added any more.
func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.more <- struct{}{}:
	default:
	}
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.events)
}
