package flood

import (
	"sync/atomic"
	"time"
)

// answering is for how long at most a message keeps the same one from being
// worked on: should nobody say how it ended, or the disk be so slow, the client
// is answered twice.
const answering = 2 * time.Second

// onceCount is how many messages are known at a time that are being answered: 128 KiB.
const onceCount = 1 << 13

// Once knows which messages are being answered, so that the same one need not be
// answered a second time. One message takes the place of another by chance, which
// is then answered as often as it comes. The zero value is ready for use; it is
// safe for concurrent use and takes no lock.
type Once struct {
	slots [onceCount]struct{ message, since atomic.Uint64 }
}

// Begin says whether a message is to be answered: not while the same one is.
// message is a hash of all of it with a seed that nobody knows, and not zero.
func (o *Once) Begin(message uint64, now time.Time) bool {
	s := &o.slots[message%onceCount]
	at := uint64(now.UnixNano())
	if s.message.Load() == message && at-s.since.Load() < uint64(answering) {
		return false
	}
	s.message.Store(message)
	s.since.Store(at)
	return true
}

// End says that a message was answered, or is not going to be.
func (o *Once) End(message uint64) {
	o.slots[message%onceCount].message.CompareAndSwap(message, 0)
}
