package committer

import (
	"context"
	"time"

	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
)

type Options struct {
	MaxWaiting int
	Outage     func(err error)
}

type Stats struct {
	Commits, Changes, Items, Refused, Failures uint64
	Largest                                    uint64
	Latency                                    time.Duration
}

type Committer[T any] struct{}

func New[T any](table *bindings.Table, store lease.Store, done func(items []T, err error), o Options) *Committer[T] {
	return &Committer[T]{}
}
func (c *Committer[T]) Submit(t bindings.Ticket, item T) bool             { return true }
func (c *Committer[T]) Wait(ctx context.Context, t bindings.Ticket) error { return nil }
func (c *Committer[T]) Run(ctx context.Context) error                     { return nil }
func (c *Committer[T]) Stats() Stats                                      { return Stats{} }
