package assembly

import (
	"context"
	"slices"

	"github.com/stage6/stage6/pipeline"
)

// Succeed has an assembly take the place of the one that serves: it is given what
// the store keeps, and what the handlers of before have in memory. Once that is
// done serve is called, in which it begins to serve, before any state changes
// again. On error everything is as it was.
func (s *States) Succeed(ctx context.Context, was, a *Assembly, serve func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.viewOf(ctx, a)
	if err != nil {
		return err
	}
	a.inherit(was)
	serve()
	s.before = append(s.before, s.view)
	s.view = v
	return nil
}

// Forget has an assembly that was succeeded, and is not used any more, be told
// nothing any more.
func (s *States) Forget(a *Assembly) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = slices.DeleteFunc(s.before, func(v *view) bool { return v.hosts == a.Hosts })
}

// eachBefore calls do with what generations see that were succeeded and are in use.
func (s *States) eachBefore(do func(*view)) {
	for _, v := range s.before {
		do(v)
	}
}

// inherit has the handlers take over what those of the same names knew.
func (a *Assembly) inherit(was *Assembly) {
	for i, step := range a.Steps {
		heir, ok := step.Handler.(pipeline.Heir)
		if !ok {
			continue
		}
		for j, before := range was.Steps {
			if before.Name == step.Name && was.plugins[j] == a.plugins[i] {
				heir.Inherit(before.Handler)
			}
		}
	}
}
