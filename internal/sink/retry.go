package sink

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// How long to wait after a failure: first, and at most.
const (
	firstWait = 500 * time.Millisecond
	maxWait   = time.Minute
)

// wait gives how long to wait after a try, counted from 0, that failed: twice as
// long each time, less up to a half by chance, so that many servers do not come
// back to one receiver at once.
func wait(try int, err error) time.Duration {
	d := min(firstWait<<min(try, 10), maxWait)
	d -= rand.N(d / 2)
	var later *LaterError
	if errors.As(err, &later) {
		d = max(d, min(later.After, maxWait))
	}
	return d
}

// pause waits, but once the server ends, which is when ctx does, no longer than
// the first wait, and no longer either when something has changed. It gives false
// if working ends before.
func pause(ctx, working context.Context, changed <-chan struct{}, d time.Duration) bool {
	if ctx.Err() != nil {
		d = min(d, firstWait)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	ends := ctx.Done()
	if ctx.Err() != nil {
		ends = nil
	}
	select {
	case <-t.C:
	case <-ends:
	case <-changed:
	case <-working.Done():
	}
	return working.Err() == nil
}
