package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// oneLink is how the configurations of a server with one link begin.
const oneLink = `leases: $DIR/leases
api: unix:$DIR/api.sock
log: {level: error}
server6:
  listen: ['[2001:db8::1]']
  links:
    - {name: rack1, prefixes: ['2001:db8:1::/64'], rapid_commit: true}
  plugins:
    - server_id: auto
    - lifetimes: {preferred: 6h, valid: 12h}
`

const leasesConfig = oneLink + `    - pool: ` + "'" + addressPool + "'" + `
    - prefix: {pool: ` + "'" + prefixPool + "'" + `, length: 60}
`

var rack = []netip.Addr{netip.MustParseAddr("2001:db8:1::1")}

// growth is what was measured with a number of something.
type growth struct {
	n       int
	start   time.Duration
	memory  memory // after the start
	reload  memory // after a reload, or after the flood
	disk    float64
	quiet   delays // while nothing else goes on
	busy    delays // while many take leases, steadily, and the store writes its tables anew
	pools   delays // while a reload brings other pools
	checks  delays // while all leases are checked
	checked time.Duration
	expiry  delays  // while all run out at once
	rate    float64 // of new clients, as fast as they are answered
	expires time.Duration
	cost    time.Duration // of the processor, for one exchange
}

func measureLeases(ctx context.Context, o options, r *report) error {
	var rows []growth
	for _, n := range append([]int{0}, steps(1000, o.leases)...) {
		g, err := leasesOf(ctx, o, n)
		if err != nil {
			return fmt.Errorf("%d leases: %w", n, err)
		}
		fmt.Fprintf(os.Stderr, "%d leases: start %v, memory %.1f MB, live %.1f MB\n\tquiet: %v\n\tnew leases: %v\n\tother pools: %v\n\tchecked in %v: %v\n\texpiry: %v\n",
			n, g.start, g.memory.resident/1e6, g.memory.live/1e6, g.quiet, g.busy, g.pools, g.checked, g.checks, g.expiry)
		rows = append(rows, g)
	}
	r.leases(o, rows)
	return nil
}

// leasesOf measures a server that has n leases.
func leasesOf(ctx context.Context, o options, n int) (g growth, err error) {
	l, err := newLab(o)
	if err != nil {
		return g, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	g.n = n
	if err := fill(ctx, l.path("leases"), n, time.Now().Add(lifetime).Truncate(time.Second)); err != nil {
		return g, err
	}
	if g.start, err = l.restart(ctx); err != nil {
		return g, err
	}
	if g.quiet, err = l.during(ctx, pause(5*time.Second)); err != nil {
		return g, err
	}
	if g.memory, err = l.memory(ctx); err != nil {
		return g, err
	}
	if g.disk, err = sizeOf(l.path("leases")); err != nil {
		return g, err
	}
	if g.rate, err = l.flood(ctx, 5, o.flood/3, rack); err != nil {
		return g, err
	}
	if g.busy, err = l.during(ctx, func(ctx context.Context) error { return l.crowd(ctx, 2, o.flood*2/3) }); err != nil {
		return g, err
	}
	if g.reload, err = l.memory(ctx); err != nil {
		return g, err
	}
	if g.pools, err = l.during(ctx, l.enlarge); err != nil {
		return g, err
	}
	if g.checks, err = l.during(ctx, func(ctx context.Context) error { return l.check(ctx, &g.checked) }); err != nil {
		return g, err
	}
	return g, l.expire(ctx, &g)
}

// check has the server check all its leases, beside what else it does.
func (l *lab) check(ctx context.Context, took *time.Duration) error {
	begun := time.Now()
	answer, err := l.ask(ctx, http.MethodGet, "/v1/verify")
	*took = time.Since(begun)
	if err == nil && !bytes.Contains(answer, []byte(`"problems":[]`)) {
		err = fmt.Errorf("the leases are not consistent: %s", answer)
	}
	return err
}

// enlarge has a reload bring pools of which all leases are part, but which are others.
func (l *lab) enlarge(ctx context.Context) error {
	config := strings.NewReplacer(addressPool, largerPool, prefixPool, largerPrefixes).Replace(leasesConfig)
	if err := l.configure(config); err != nil {
		return err
	}
	_, err := l.ask(ctx, http.MethodPost, "/v1/reload")
	return err
}

// restart starts the server twice, since it reads leases that it has not seen yet once
// more, to learn from them what the time is.
func (l *lab) restart(ctx context.Context) (time.Duration, error) {
	if _, err := l.start(ctx, leasesConfig); err != nil {
		return 0, err
	}
	return l.start(ctx, leasesConfig)
}

// expire measures with a new store, whose leases all run out a little after the
// server's start.
func (l *lab) expire(ctx context.Context, g *growth) error {
	if g.n == 0 {
		return nil
	}
	l.kill()
	if err := os.RemoveAll(l.path("leases")); err != nil {
		return err
	}
	until := time.Now().Add(20*time.Second + time.Duration(g.n)*20*time.Microsecond)
	if err := fill(ctx, l.path("leases"), g.n, until); err != nil {
		return err
	}
	if _, err := l.start(ctx, leasesConfig); err != nil {
		return err
	}
	if left := time.Until(until); left > 0 {
		if err := pause(left)(ctx); err != nil {
			return err
		}
	} else {
		return fmt.Errorf("the leases ran out %v before the server was ready", -left)
	}
	begun := time.Now()
	var err error
	g.expiry, err = l.during(ctx, l.expired)
	g.expires = time.Since(begun) - time.Second
	return err
}

// expired waits until no lease is active.
func (l *lab) expired(ctx context.Context) error {
	for {
		n, err := l.metric(ctx, `stage6_leases{state="active",type="address"}`)
		m, err2 := l.metric(ctx, `stage6_leases{state="active",type="prefix"}`)
		if err := errors.Join(err, err2); err != nil || n+m == 0 {
			return err
		}
		if err := pause(100 * time.Millisecond)(ctx); err != nil {
			return err
		}
	}
}

// pause waits.
func pause(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// sizeOf gives how much the files of a directory take on the disk.
func sizeOf(dir string) (size float64, err error) {
	files, err := os.ReadDir(dir)
	for _, f := range files {
		info, err := os.Stat(filepath.Join(dir, f.Name()))
		if err == nil {
			size += float64(info.Size())
		}
	}
	return size, err
}
