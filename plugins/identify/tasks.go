package identify

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/stage6/stage6/pipeline"
)

// adopt takes over what a source does beside Find.
func (h *handler) adopt(made pipeline.Source) {
	if r, ok := made.(pipeline.Runner); ok {
		h.runners = append(h.runners, r)
	}
	if c, ok := made.(pipeline.Closer); ok {
		h.closers = append(h.closers, c)
	}
}

// Run runs the tasks of the sources.
func (h *handler) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, r := range h.runners {
		g.Go(func() error { return r.Run(ctx) })
	}
	return g.Wait()
}

// Close lets go of what the sources hold.
func (h *handler) Close() error {
	var errs []error
	for _, c := range h.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
