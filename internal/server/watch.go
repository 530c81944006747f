package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/stage6/stage6/pipeline"
)

// The watchdog looks this often, and finds a worker stuck that has been in the
// same step of the same exchange this many looks after the first one.
const (
	lookEvery = 100 * time.Millisecond
	patience  = 2
)

// numberBits is how many of the bits of a mark are a step's number.
const numberBits = 16

// abandoned is the mark of a worker that was given up.
const abandoned = ^uint64(0)

// enter marks, for the watchdog, that the worker calls a step. It gives false when
// the watchdog has given the worker up meanwhile: then nothing of it counts.
func (w *Worker) enter(p *Step) bool {
	w.busy = true
	return w.swap(w.turn<<numberBits | uint64(p.number))
}

// rest marks that the worker calls no plugin, and gives false as enter does.
func (w *Worker) rest() bool {
	if !w.busy {
		return !w.lost
	}
	w.busy = false
	return w.swap(0)
}

// swap sets the mark. What the watchdog did before is seen by it.
func (w *Worker) swap(mark uint64) bool {
	if w.mark.Swap(mark) == abandoned {
		w.lost, w.givenUp = true, true
	}
	return !w.lost
}

// Lost says that a plugin still uses the worker, and the datagram that it served
// last: both are left to it for good.
func (w *Worker) Lost() bool { return w.lost }

// watchdog finds plugins that block without having said so. It is safe for
// concurrent use.
type watchdog struct {
	mu      sync.Mutex
	workers map[*Worker]*watched
}

// watched is a worker under the watchdog's eyes.
type watched struct {
	giveUp func()
	mark   uint64 // as it was at the last look
	looks  int    // since when it is the same
}

// Watched has the watchdog watch over the worker until end is called. When a
// plugin blocks it, the exchange is dropped, and giveUp is called from another
// goroutine: it is to go on for the one that called Serve, to which Serve says
// GivenUp if it ever returns. What that one wrote before Serve giveUp sees.
func (w *Worker) Watched(giveUp func()) (end func()) {
	d := &w.srv.dog
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.workers == nil {
		d.workers = map[*Worker]*watched{}
	}
	d.workers[w] = &watched{giveUp: giveUp}
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.workers, w)
	}
}

// Watch looks after the workers until ctx ends. A plugin that blocks one is told
// of, and treated as one that may block for a while. It is to end after who
// serves.
func (s *Server) Watch(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for last := time.Now(); ; last = time.Now() {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.look(time.Since(last) > 2*lookEvery)
		}
	}
}

// look looks at all workers once. A look that comes late says nothing about them: the
// machine slept, or has too much to do.
func (s *Server) look(isLate bool) {
	for _, giveUp := range s.stuck(isLate) {
		s.count.Drop(DropPluginStuck)
		giveUp()
	}
}

// stuck takes the workers that are stuck from those that are watched, and says
// who goes on for them.
func (s *Server) stuck(isLate bool) (giveUps []func()) {
	s.dog.mu.Lock()
	defer s.dog.mu.Unlock()
	for w, at := range s.dog.workers {
		if isLate {
			at.mark = 0
			continue
		}
		g := w.serving.Load()
		if at.isStuck(w.mark.Load()) && w.mark.CompareAndSwap(at.mark, abandoned) {
			g.blame(at.mark)
			delete(s.dog.workers, w)
			giveUps = append(giveUps, at.giveUp)
		}
	}
	return giveUps
}

func (at *watched) isStuck(mark uint64) bool {
	if mark != at.mark || mark == 0 {
		at.mark, at.looks = mark, 0
		return false
	}
	at.looks++
	return at.looks >= patience
}

// blame treats the step that a worker was in as one that may block, and tells
// so.
func (g *Generation) blame(mark uint64) {
	p := g.all[mark&(1<<numberBits-1)-1]
	p.calls.blame(p.limits(), time.Now())
	p.fail(faultStuck, fmt.Errorf("one call takes more than %v, and it did not say that it may block: until its calls have returned in time for a while it is called where nobody waits for it", patience*lookEvery))
}

// limits gives those of the handler, or the usual ones.
func (p *Step) limits() (l pipeline.Limits) {
	if b, ok := p.Handler.(pipeline.Blocking); ok {
		l = b.Blocking()
	}
	return l
}
