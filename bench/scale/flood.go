package main

import (
	"context"
	"fmt"
	"net/netip"
	"time"
)

// window is how many clients of a flood wait for their leases at a time.
const window = 128

// flood has n new clients take leases, each with one exchange of two messages, on the
// links in turn, and gives how many got one a second.
func (l *lab) flood(ctx context.Context, crowd byte, n int, links []netip.Addr) (rate float64, err error) {
	a, err := newAgent(l.space, floodAddress)
	if err != nil {
		return 0, err
	}
	defer a.Close()
	begun := time.Now()
	buffer := make([]byte, 4096)
	asked, answered := 0, 0
	for answered < n && ctx.Err() == nil {
		for ; asked < n && asked-answered < window; asked++ {
			if err := a.solicit(duid(crowd, uint32(asked)), uint32(asked), links[asked%len(links)], true); err != nil {
				return 0, err
			}
		}
		if err := a.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			return 0, err
		}
		if _, _, err := a.receive(buffer); err != nil {
			return 0, fmt.Errorf("%d of %d clients asked, %d were answered: %w", asked, n, answered, err)
		}
		answered++
	}
	return float64(n) / time.Since(begun).Seconds(), ctx.Err()
}
