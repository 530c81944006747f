package server

import (
	"sync"
	"sync/atomic"

	"github.com/stage6/stage6/link"
)

// users counts who uses a generation: the server while it is the one that serves,
// the exchanges that began with it, and the calls of plugins that have not
// returned. It is safe for concurrent use.
type users struct {
	count  atomic.Int64
	once   sync.Once
	unused chan struct{} // closed when there is nobody any more
}

// hold has one more use the generation. It is for who knows that somebody does.
func (g *Generation) hold() { g.users.count.Add(1) }

// release has one use it no more.
func (g *Generation) release() {
	if g.users.count.Add(-1) == 0 {
		g.users.once.Do(func() { close(g.users.unused) })
	}
}

// Unused is closed when the generation was replaced and nobody uses it any more:
// no exchange that began with it goes on or waits, and all calls of its plugins
// have returned.
func (g *Generation) Unused() <-chan struct{} { return g.users.unused }

// Replace has exchanges that begin now use another generation and its links. It
// gives the one that they used until now. Exchanges that have begun, those that
// wait among them, finish with that one, but for those that find its pools gone:
// they begin anew, which nobody sees. The other's pools are therefore to be
// activated first, and it is to be replaced before anybody can look into them.
func (s *Server) Replace(g *Generation, links *link.Table) (was *Generation) {
	s.links.Store(links)
	was = s.gen.Swap(g)
	was.release()
	return was
}

// Forget lets go of what idle workers keep of a generation that is Unused.
func (s *Server) Forget(g *Generation) {
	s.dog.mu.Lock()
	defer s.dog.mu.Unlock()
	for w := range s.dog.workers {
		w.serving.CompareAndSwap(g, nil)
	}
}

// take gives the generation that serves, held.
func (s *Server) take() *Generation {
	for {
		g := s.gen.Load()
		g.hold()
		if s.gen.Load() == g {
			return g
		}
		g.release()
	}
}

// lacks says whether an exchange found nothing in a pool, and another generation
// serves by now, which may have other pools.
func (w *Worker) lacks(g *Generation) bool {
	if w.srv.gen.Load() == g {
		return false
	}
	for i := range w.s.IAs {
		if w.s.IAs[i].Empty != "" {
			return true
		}
	}
	return false
}
