package daemon

import (
	"context"

	"github.com/stage6/stage6/internal/watch"
)

// watchFiles has the configuration read again when it or a file that it names
// changes, while it says so, until ctx ends.
func (s *service) watchFiles(ctx context.Context) error {
	for ctx.Err() == nil {
		g := s.now()
		if g.file.Reload.OnChange() {
			s.awaitChange(ctx, g)
			continue
		}
		select {
		case <-ctx.Done():
		case <-g.replaced:
		}
	}
	return nil
}

// awaitChange has the configuration read again at each change of a file, until ctx
// ends or another generation serves.
func (s *service) awaitChange(ctx context.Context, g *generation) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		select {
		case <-ctx.Done():
		case <-g.replaced:
		}
	}()
	paths := g.files()
	w, err := watch.New(paths)
	if err != nil {
		s.log.WithError(err).Warnf("the configuration is not watched, only looked at every %v", watch.LookTime)
	}
	defer w.Close()
	w.Follow()
	w.Settle(ctx) // of changes since the files were read
	for seen := g.seen; ctx.Err() == nil; {
		if is := watch.Look(paths); !is.Same(seen) {
			seen = is
			_, _ = s.Reload(ctx) // what is wrong is told to everybody already
		}
		if w.Wait(ctx) {
			w.Follow()
		}
	}
}
