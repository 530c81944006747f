package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"
)

const linksHead = `leases: $DIR/leases
api: unix:$DIR/api.sock
log: {level: error}
server6:
  listen: ['[2001:db8::1]']
  links:
`

// linksConfig is a configuration with n links behind relay agents, each with a pool of
// its own.
func linksConfig(n int) string {
	var b strings.Builder
	b.WriteString(linksHead)
	for i := range n {
		fmt.Fprintf(&b, "    - {name: rack%d, prefixes: ['%s/64'], rapid_commit: true}\n", i, linkPrefix(i))
	}
	b.WriteString("  plugins:\n    - server_id: auto\n    - lifetimes: {preferred: 6h, valid: 12h}\n    - pool:\n        range:\n")
	for i := range n {
		fmt.Fprintf(&b, "          - '%s/112'\n", inside(linkPrefix(i), 0xd))
	}
	return b.String()
}

func linkPrefix(i int) netip.Addr {
	return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 0x10, byte(i >> 16), byte(i >> 8), byte(i)})
}

// inside gives the address of a prefix whose octet before the last two is n.
func inside(prefix netip.Addr, n byte) netip.Addr {
	a := prefix.As16()
	a[13] = n
	return netip.AddrFrom16(a)
}

func measureLinks(ctx context.Context, o options, r *report) error {
	rows, err := measureEach("links", steps(1, o.links), func(n int) (growth, error) { return linksOf(ctx, o, n) })
	if err != nil {
		return err
	}
	r.links(rows)
	return nil
}

// measureEach measures a server with so many of something, and tells of each.
func measureEach(what string, numbers []int, measure func(n int) (growth, error)) (rows []growth, err error) {
	for _, n := range numbers {
		g, err := measure(n)
		if err != nil {
			return nil, fmt.Errorf("%d %s: %w", n, what, err)
		}
		fmt.Fprintf(os.Stderr, "%d %s: start %v, memory %.1f MB, %v of processors an exchange, %.0f exchanges a second\n", n, what, g.start, g.memory.resident/1e6, g.cost, g.rate)
		rows = append(rows, g)
	}
	return rows, nil
}

// linkExchanges is how many clients ask.
const linkExchanges = 20_000

// linksOf measures a server of n links.
func linksOf(ctx context.Context, o options, n int) (g growth, err error) {
	l, err := newLab(o)
	if err != nil {
		return g, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	g.n = n
	if g.start, err = l.start(ctx, linksConfig(n)); err != nil {
		return g, err
	}
	var links []netip.Addr
	for i := range n {
		links = append(links, linkPrefix(i).Next())
	}
	return g, l.exchanges(ctx, &g, links)
}

// exchanges measures the memory of a server, and what an exchange costs that takes turns
// on links.
func (l *lab) exchanges(ctx context.Context, g *growth, links []netip.Addr) error {
	err := pause(time.Second)(ctx)
	if err != nil {
		return err
	}
	if g.memory, err = l.memory(ctx); err != nil {
		return err
	}
	before, err := l.cpu(ctx)
	if err != nil {
		return err
	}
	if g.rate, err = l.flood(ctx, 4, linkExchanges, links); err != nil {
		return err
	}
	after, err := l.cpu(ctx)
	g.cost = (after - before) / linkExchanges
	return err
}
