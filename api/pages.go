package api

import (
	"context"
	"iter"
)

// AllLeases gives the leases that a query selects, page by page. After an error
// nothing comes.
func (c *Client) AllLeases(ctx context.Context, q LeaseQuery) iter.Seq2[Lease, error] {
	return all(func(after string) ([]Lease, string, error) {
		q.After = after
		p, err := c.Leases(ctx, q)
		return p.Leases, p.Next, err
	}, q.After)
}

// AllHosts gives the hosts that a query selects, page by page, sorted by name.
// After an error nothing comes.
func (c *Client) AllHosts(ctx context.Context, q HostQuery) iter.Seq2[Host, error] {
	return all(func(after string) ([]Host, string, error) {
		q.After = after
		p, err := c.Hosts(ctx, q)
		return p.Hosts, p.Next, err
	}, q.After)
}

// all asks for one page after the other.
func all[T any](ask func(after string) ([]T, string, error), after string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			entries, next, err := ask(after)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			if after = next; after == "" {
				return
			}
		}
	}
}
