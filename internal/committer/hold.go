package committer

import (
	"sync/atomic"
	"time"
)

// longestHold bounds how long changes wait for others of their batch: a plugin may block
// in the midst of it.
const longestHold = time.Millisecond

// holds counts the batches of messages that are being served.
type holds struct {
	n    atomic.Int32
	free chan struct{} // has a value when there were batches and are none
	late *time.Timer   // of who waits
}

// Hold has changes gather until Release, or for a millisecond: more of them are about
// to be made, for all of which one sync will do. A processor that has nothing else to do would
// begin with the first of them. Each Hold is followed by one Release.
func (c *Committer[T]) Hold() { c.holds.n.Add(1) }

// Release ends what Hold began.
func (c *Committer[T]) Release() {
	if c.holds.n.Add(-1) > 0 {
		return
	}
	select {
	case c.holds.free <- struct{}{}:
	default:
	}
}

// wait waits until nobody holds changes.
func (h *holds) wait() {
	select {
	case <-h.free: // since before
	default:
	}
	if h.n.Load() == 0 {
		return
	}
	if h.late == nil {
		h.late = time.NewTimer(longestHold)
	} else {
		h.late.Reset(longestHold)
	}
	select {
	case <-h.free:
		h.late.Stop()
	case <-h.late.C:
	}
}
