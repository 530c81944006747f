package route

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

var (
	one   = netip.MustParsePrefix("2001:db8:f000:100::/56")
	two   = netip.MustParsePrefix("2001:db8:f000:200::/56")
	ann   = netip.MustParseAddr("fe80::a%prov0")
	bob   = netip.MustParseAddr("fe80::b%prov0")
	relay = netip.MustParseAddr("2001:db8:ff::1")
)

func to(p netip.Prefix, via netip.Addr) route { return route{p, via, defaultMetric} }

// binding is a client's record: of an hour, for each prefix.
func binding(client string, via netip.Addr, prefixes ...netip.Prefix) *lease.Binding {
	b := &lease.Binding{Key: lease.Key{DUID: ident.DUID("\x00\x03\x00\x01" + client), IA: ident.IA{Type: ident.PD}}, Via: via}
	for _, p := range prefixes {
		b.Leases = append(b.Leases, lease.Lease{Prefix: p, State: lease.Active, Until: time.Now().Add(time.Hour)})
	}
	return b
}

// rig is a running keeper with a kernel that is faked.
type rig struct {
	*wishes
	t      *testing.T
	kernel *fakeKernel
	told   *events.Log
	keeper *keeper
}

// start runs a keeper that knows of what stands at the beginning.
func start(t *testing.T, kernel *fakeKernel, there ...*lease.Binding) *rig {
	t.Helper()
	return startAfter(t, nil, kernel, there...)
}

// startAfter is start of a keeper that takes over from another one, if there is one.
func startAfter(t *testing.T, was *keeper, kernel *fakeKernel, there ...*lease.Binding) *rig {
	t.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	m, err := newMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{wishes: newWishes(time.Now), t: t, kernel: kernel, told: events.New(time.Now)}
	for _, b := range there {
		r.put(nil, b)
	}
	k := &keeper{wishes: r.wishes, router: kernel, metric: defaultMetric, log: logrus.NewEntry(log), clock: time.Now, metrics: m, events: pipeline.NewEvents(r.told), turns: &sync.Mutex{}}
	r.keeper = k
	if was != nil {
		k.succeed(was)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- k.run(ctx, func() {}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run gave %v", err)
		}
	})
	return r
}

// put tells of one change that became durable.
func (r *rig) put(before, after *lease.Binding) {
	r.follow([]lease.Change{{Before: before, After: after}})
}

// want compares the kernel's routes, once all is quiet.
func (r *rig) want(when string, want ...route) {
	r.t.Helper()
	synctest.Wait()
	got, _ := r.kernel.now()
	if w := newFakeKernel(want...).routes; !maps.Equal(got, w) {
		r.t.Fatalf("%s: routes\n%v\nwant\n%v", when, got, w)
	}
}

// after lets time pass.
func (r *rig) after(d time.Duration) {
	time.Sleep(d) // in a bubble, where nobody waits for it
	synctest.Wait()
}

func changed(b *lease.Binding, f func(*lease.Binding)) *lease.Binding {
	c := *b
	c.Leases = append([]lease.Lease(nil), b.Leases...)
	f(&c)
	return &c
}

func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func TestRoutesFollowTheLeases(t *testing.T) {
	bubble(t, "a lease has a route until it is released", func(t *testing.T) {
		r := start(t, newFakeKernel())
		b := binding("ann", ann, one)
		r.want("before")
		r.put(nil, b)
		r.want("leased", to(one, ann))
		r.put(b, changed(b, func(b *lease.Binding) { b.Leases[0].State = lease.Released }))
		r.want("released")
	})
	bubble(t, "a lease that runs out loses its route at that time", func(t *testing.T) {
		r := start(t, newFakeKernel())
		r.put(nil, binding("ann", ann, one))
		forever := binding("bob", bob, two)
		forever.Leases[0].Until = time.Time{}
		r.put(nil, forever)
		r.after(time.Hour - time.Nanosecond)
		r.want("before its end", to(one, ann), to(two, bob))
		r.after(time.Nanosecond)
		r.want("at its end", to(two, bob))
	})
	bubble(t, "a renewal changes nothing in the kernel", func(t *testing.T) {
		r := start(t, newFakeKernel())
		b := binding("ann", ann, one)
		r.put(nil, b)
		r.want("leased", to(one, ann))
		r.after(30 * time.Minute)
		next := changed(b, func(b *lease.Binding) { b.Leases[0].Until = time.Now().Add(time.Hour) })
		r.put(b, next)
		r.after(45 * time.Minute)
		r.want("after the end of the first", to(one, ann))
		if _, n := r.kernel.now(); n != 1 {
			t.Errorf("%d changes, want 1", n)
		}
	})
	bubble(t, "a client that moves behind a relay takes its route along", func(t *testing.T) {
		r := start(t, newFakeKernel())
		b := binding("ann", ann, one, two)
		r.put(nil, b)
		r.want("direct", to(one, ann), to(two, ann))
		r.put(b, changed(b, func(b *lease.Binding) { b.Via, b.Leases = relay, b.Leases[:1] }))
		r.want("behind the relay, with one prefix less", to(one, relay))
	})
	bubble(t, "a lease that is recorded without a next hop has no route", func(t *testing.T) {
		r := start(t, newFakeKernel())
		b := binding("ann", ann, one)
		r.put(nil, b)
		r.want("wanted", to(one, ann))
		r.put(b, changed(b, func(b *lease.Binding) { b.Via = netip.Addr{} }))
		r.want("no longer wanted")
	})
	bubble(t, "an address never has one", func(t *testing.T) {
		b := binding("ann", ann, netip.MustParsePrefix("2001:db8::1/128"))
		b.IA.Type = ident.NA
		r := start(t, newFakeKernel(), b)
		r.want("leased")
	})
	bubble(t, "a binding that is forgotten has none", func(t *testing.T) {
		b := binding("ann", ann, one)
		r := start(t, newFakeKernel(), b)
		r.want("leased", to(one, ann))
		r.put(b, nil)
		r.want("forgotten")
	})
}

func TestATakeoverTurnsTheRoute(t *testing.T) {
	for name, reversed := range map[string]bool{"told first of who gets it": false, "told first of who gives it": true} {
		bubble(t, name, func(t *testing.T) {
			old := binding("ann", ann, one)
			r := start(t, newFakeKernel(), old)
			r.want("before", to(one, ann))
			group := []lease.Change{
				{After: binding("bob", bob, one)},
				{Before: old, After: changed(old, func(b *lease.Binding) { b.Leases = nil })},
			}
			if reversed {
				group[0], group[1] = group[1], group[0]
			}
			r.follow(group)
			r.want("taken over", to(one, bob))
		})
	}
}

func TestTheStart(t *testing.T) {
	bubble(t, "routes are restored, stale ones removed, and right ones left", func(t *testing.T) {
		third := netip.MustParsePrefix("2001:db8:f000:300::/56")
		kernel := newFakeKernel(to(one, ann), to(two, ann), to(third, ann))
		r := start(t, kernel, binding("ann", ann, one), binding("bob", bob, two))
		r.want("after the start", to(one, ann), to(two, bob))
		if _, n := kernel.now(); n != 3 {
			t.Errorf("%d changes, want 3: two removed, one made", n)
		}
	})
	bubble(t, "a route with another metric is made anew", func(t *testing.T) {
		r := start(t, newFakeKernel(route{one, ann, 7}), binding("ann", ann, one))
		r.want("after the start", to(one, ann))
	})
	bubble(t, "a lease that ran out meanwhile has no route", func(t *testing.T) {
		b := binding("ann", ann, one)
		r := start(t, newFakeKernel(to(one, ann)), changed(b, func(b *lease.Binding) { b.Leases[0].Until = time.Now() }))
		r.want("after the start")
	})
}

func TestWhatTheKernelDoesOfItself(t *testing.T) {
	bubble(t, "a route that is lost comes back", func(t *testing.T) {
		r := start(t, newFakeKernel(), binding("ann", ann, one))
		r.want("leased", to(one, ann))
		r.kernel.lose(one)
		r.after(lookTime)
		r.want("at the next look", to(one, ann))
	})
	bubble(t, "what it refuses is tried again, less and less often", func(t *testing.T) {
		r := start(t, newFakeKernel())
		r.want("before")
		r.kernel.refuse(errors.New("operation not permitted"))
		b := binding("ann", ann, one)
		r.put(nil, b)
		r.after(5 * time.Minute)
		if n := r.kernel.lists; n < 10 || n > 20 {
			t.Errorf("looked %d times in five minutes", n)
		}
		r.kernel.refuse(nil)
		r.after(lookTime)
		r.want("permitted again", to(one, ann))
		r.kernel.refuse(errors.New("out of memory"))
		r.put(b, nil)
		r.want("refused", to(one, ann))
		r.kernel.refuse(nil)
		r.after(retryTime)
		r.want("soon after")
	})
	bubble(t, "somebody else's route is left alone until it is gone", func(t *testing.T) {
		r := start(t, newFakeKernel())
		r.kernel.take(one, true)
		r.put(nil, binding("ann", ann, one))
		r.want("taken")
		r.kernel.take(one, false)
		r.after(lookTime)
		r.want("no longer taken", to(one, ann))
	})
}

func TestMoreChangesThanAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kernel := newFakeKernel()
		b := binding("ann", ann)
		for i := range maxChanged + 2 {
			p, _ := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(i >> 16), byte(i >> 8), byte(i)}).Prefix(56)
			b.Leases = append(b.Leases, lease.Lease{Prefix: p, State: lease.Active})
		}
		r := start(t, kernel)
		r.want("before")
		r.put(nil, b)
		synctest.Wait()
		if got, _ := kernel.now(); len(got) != maxChanged+2 {
			t.Errorf("%d routes, want %d", len(got), maxChanged+2)
		}
	})
}

func TestAKeeperThatWasSucceededChangesNothing(t *testing.T) {
	bubble(t, "its successor goes on alone", func(t *testing.T) {
		kernel := newFakeKernel()
		r := start(t, kernel)
		b := binding("ann", ann, one)
		r.put(nil, b)
		r.want("before", to(one, ann))
		next := startAfter(t, r.keeper, kernel, b)
		r.put(b, nil) // of which the successor has not heard yet
		r.after(2 * lookTime)
		r.want("the one before is told that it goes", to(one, ann))
		next.put(b, nil)
		r.want("the successor is told, too")
	})
}
