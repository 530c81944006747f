package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/stage"
)

// Health tells how the server is.
func (s *service) Health() api.Health {
	h := api.Health{
		Ready: s.ready.Load(), Version: s.version, Started: s.started, Leases: s.table.Len(),
		Problems: []string{}, Counters: s.server.Counters().Snapshot(),
	}
	if failing := s.failing.Load(); failing != nil {
		h.Problems = append(h.Problems, *failing)
	} else if slow := s.front.Pace().Slow; slow > 0 {
		h.Problems = append(h.Problems, slowText(slow))
	}
	if broken := s.broken.Load(); broken != nil {
		h.Problems = append(h.Problems, *broken)
	}
	if aside := s.now().parts.Hosts.Aside(); len(aside) > 0 {
		h.Problems = append(h.Problems, fmt.Sprintf("%d hosts of the API do not count, since files have what they claim: stage6 hosts list --source aside; the first: %v", len(aside), aside[0]))
	}
	if broken := s.brokenHosts(); broken != "" {
		h.Problems = append(h.Problems, broken)
	}
	h.Problems = append(h.Problems, s.sockets.Problems()...)
	h.Problems = append(h.Problems, s.sockets.Losses()...)
	h.Problems = append(h.Problems, s.server.Floods(time.Now())...)
	h.Problems = append(h.Problems, s.keyProblems()...)
	h.Problems = append(h.Problems, s.watch.Health()...)
	h.Problems = append(h.Problems, s.sinks.Problems()...)
	return h
}

// tellLoss tells that the kernel has dropped datagrams.
func (s *service) tellLoss(l listen.Loss) {
	s.events.Publish(event.Event{Kind: event.Flood, Reason: event.KernelQueue, Text: fmt.Sprintf("more comes to %s than is read: datagrams that the kernel has dropped since this was last told: %d", l.Socket, l.N)})
}

// brokenHosts says what is wrong with the files of hosts, if the hosts that
// count are those of an earlier reading.
func (s *service) brokenHosts() string {
	told := s.events.Read(events.Query{Kinds: []event.Kind{event.HostsLoaded, event.HostsBroken}}).Events
	if len(told) == 0 || told[len(told)-1].Kind == event.HostsLoaded {
		return ""
	}
	return "hosts are wrong, those read before stay: " + told[len(told)-1].Text
}

// storeOutage notes that the store stopped working, or, with nil, that it works
// again.
func (s *service) storeOutage(err error) {
	if err == nil {
		s.failing.Store(nil)
		s.events.Publish(event.Event{Kind: event.StoreWorks})
		s.log.Info("the lease store works again")
		return
	}
	text := fmt.Sprintf("the lease store fails: %v", err)
	s.failing.Store(&text)
	s.events.Publish(event.Event{Kind: event.StoreFailed, Text: err.Error()})
	s.log.WithError(err).Error("the lease store fails: messages that need it are dropped until it works again; is the disk full?")
}

// storePace notes how long the disk takes when that is long, or, with 0, that it is
// not any more.
func (s *service) storePace(takes time.Duration) {
	if takes == 0 {
		s.events.Publish(event.Event{Kind: event.StoreFast})
		s.log.Info("the lease store is fast again")
		return
	}
	s.events.Publish(event.Event{Kind: event.StoreSlow, Text: slowText(takes)})
	s.log.Warn(slowText(takes))
}

// slowText says how long the disk takes.
func slowText(takes time.Duration) string {
	return fmt.Sprintf("the disk needs %v for a sync, which all leases wait for", takes.Round(100*time.Millisecond))
}

// Leases gives a page of the leases that a query selects.
func (s *service) Leases(q api.LeaseQuery) (api.LeasePage, error) {
	want, err := newFilter(q, s.clock.Now())
	if err != nil {
		return api.LeasePage{}, err
	}
	cursor, err := parseCursor(q.After)
	if err != nil {
		return api.LeasePage{}, err
	}
	return s.page(want, cursor, q.Limit), nil
}

// portion is how many bindings are looked at without letting others at the
// table.
const portion = 256

// page collects leases until there are limit or no more. A binding is never
// torn over two pages, so that there can be somewhat more than limit.
func (s *service) page(want filter, cursor uint32, limit int) api.LeasePage {
	p := api.LeasePage{Leases: []api.Lease{}}
	defer func() { s.showTimes(p.Leases) }()
	var some []*lease.Binding
	for {
		some, cursor = s.table.Page(some[:0], cursor, min(portion, max(1, limit-len(p.Leases))))
		for _, b := range some {
			p.Leases = want.appendMatches(p.Leases, b)
		}
		switch {
		case cursor == 0:
			return p
		case len(p.Leases) >= limit:
			p.Next = strconv.FormatUint(uint64(cursor), 10)
			return p
		}
	}
}

func parseCursor(s string) (uint32, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, &api.BadRequestError{Err: fmt.Errorf("after %q: want the next of a page", s)}
	}
	return uint32(n), nil
}

// filter is a query, understood.
type filter struct {
	now    time.Time
	prefix netip.Prefix // invalid: any
	duid   ident.DUID
	mac    ident.MAC
	host   string
	link   string
	pool   string
	stage  *stage.Stage // nil: any
	state  string       // empty: any
}

// states are those that a query can name, beside all.
var states = []string{"active", "expired", "released", "declined"}

func newFilter(q api.LeaseQuery, now time.Time) (f filter, err error) {
	f = filter{now: now, host: q.Host, link: q.Link, pool: q.Pool, state: q.State}
	switch {
	case f.state == "":
		f.state = "active"
	case f.state == "all":
		f.state = ""
	case !slices.Contains(states, f.state):
		return f, &api.BadRequestError{Err: fmt.Errorf("state %q: want active, expired, released, declined or all", q.State)}
	}
	var errs []error
	if q.Address != "" {
		f.prefix, err = api.ParsePrefix(q.Address)
		errs = append(errs, err)
	}
	if q.DUID != "" {
		f.duid, err = ident.ParseDUID(q.DUID)
		errs = append(errs, err)
	}
	if q.MAC != "" {
		f.mac, err = ident.ParseMAC(q.MAC)
		errs = append(errs, err)
	}
	if q.Stage != "" {
		f.stage = new(stage.Stage)
		errs = append(errs, f.stage.UnmarshalText([]byte(q.Stage)))
	}
	if err := errors.Join(errs...); err != nil {
		return f, &api.BadRequestError{Err: err}
	}
	return f, nil
}

func (f *filter) appendMatches(dst []api.Lease, b *lease.Binding) []api.Lease {
	if f.link != "" && f.link != b.Link || f.stage != nil && *f.stage != b.Stage {
		return dst
	}
	if f.duid != "" && f.duid != b.DUID || !f.mac.IsZero() && f.mac != b.MAC || f.host != "" && f.host != b.Host {
		return dst
	}
	for i := range b.Leases {
		l := describe(b, &b.Leases[i], f.now)
		if (f.state == "" || f.state == l.State) && (f.pool == "" || f.pool == l.Pool) && (!f.prefix.IsValid() || f.prefix == l.Prefix) {
			dst = append(dst, l)
		}
	}
	return dst
}

// describe gives a lease as the API shows it.
func describe(b *lease.Binding, l *lease.Lease, now time.Time) api.Lease {
	state := l.State.String()
	if l.State == lease.Active && !l.Live(now) {
		state = "expired"
	}
	return api.Lease{
		Prefix: l.Prefix, State: state, DUID: b.DUID, IAType: b.IA.Type.String(), IAID: b.IA.ID,
		MAC: b.MAC, Host: b.Host, Hostname: b.Hostname, Link: b.Link, Pool: l.Pool, Stage: b.Stage, Via: b.Via,
		Preferred: uint32(l.Preferred / time.Second), Valid: uint32(l.Valid / time.Second),
		Until: l.Until, Updated: b.Updated,
	}
}

// Release ends the lease of p, durably, and gives it as it was.
func (s *service) Release(ctx context.Context, p netip.Prefix) (api.Lease, error) {
	now := s.clock.Now()
	epoch := s.table.Epoch()
	holder, ok := s.table.Holder(p)
	if !ok || holder.Lease == nil || !holder.Lease.Live(now) {
		return api.Lease{}, &api.NotFoundError{What: fmt.Sprintf("a lease of %s", p)}
	}
	ticket, err := s.table.Apply(epoch, []*lease.Binding{released(holder, now)})
	if err != nil {
		return api.Lease{}, fmt.Errorf("release %s: %w", p, err)
	}
	l := []api.Lease{describe(holder.Binding, holder.Lease, now)}
	s.showTimes(l)
	return l[0], s.front.Wait(ctx, ticket)
}

// released gives the holder's binding with its lease released.
func released(h bindings.Holder, now time.Time) *lease.Binding {
	b := *h.Binding
	b.Leases = slices.Clone(b.Leases)
	b.Updated = now
	l := b.Lease(h.Lease.Prefix)
	l.State, l.Until = lease.Released, time.Time{}
	return &b
}

// Verify checks that the leases are consistent, one request after the other.
func (s *service) Verify(ctx context.Context, whole bool) (api.Verification, error) {
	s.verifying.Lock()
	defer s.verifying.Unlock()
	if err := ctx.Err(); err != nil { // who asked has gone, while others were served
		return api.Verification{}, err
	}
	if whole {
		return verification(s.table, s.table.Check()), nil
	}
	found, err := s.table.CheckInSteps(ctx)
	return verification(s.table, found), err
}

func verification(t *bindings.Table, found []error) api.Verification {
	v := api.Verification{Bindings: t.Len(), Problems: []string{}}
	for _, err := range found {
		v.Problems = append(v.Problems, err.Error())
	}
	return v
}
