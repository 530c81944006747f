package bindings_test

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
)

// committing makes changes durable until stop, and every third time fails.
func committing(tb *bindings.Table, stop <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-tb.Wake():
		case <-stop:
			return
		}
		for {
			taken, ticket := tb.Take(nil, 8)
			if len(taken) == 0 {
				break
			}
			if n%3 == 2 {
				tb.RollBack()
				break
			}
			tb.Committed(ticket)
		}
	}
}

// working asks for addresses, takes them and gives them back as a client.
func working(tb *bindings.Table, pools []*bindings.Pool, name string, holders *sync.Map, now time.Time) {
	for i := range 300 {
		client := []byte(fmt.Sprintf("%s %d", name, i%7))
		epoch := tb.Epoch()
		p, ok := tb.Pick(pools[i%len(pools)], client, ia(name), nil, 0)
		if !ok {
			continue
		}
		b := &lease.Binding{Key: lease.Key{DUID: ident.DUID(client), IA: ia(name)}, Created: now, Updated: now, Host: name}
		b.Leases = []lease.Lease{{Prefix: p, State: lease.Active, Until: now.Add(time.Hour)}}
		if i%3 == 0 {
			b.Leases[0].State, b.Leases[0].Until = lease.Released, now
		}
		_, err := tb.Apply(epoch, []*lease.Binding{b})
		var conflict *lease.ConflictError
		if errors.As(err, &conflict) {
			holders.Store(string(client), p)
		}
		tb.Get(client, ia(name))
		tb.Holder(p)
		tb.Pending(epoch, client, ia(name))
		tb.Offer(client, ia(name), p)
	}
}

func TestTableIsSafeForConcurrentUse(t *testing.T) {
	tb := newTable(t, bindings.Options{MaxRemembered: 5})
	pools := []*bindings.Pool{
		tb.pool(allocator.Spec{Name: "a", Prefixes: prefixes("2001:db8::/123")}, allocator.Hashed),
		tb.pool(allocator.Spec{Name: "b", Prefixes: prefixes("2001:db8:1::/64")}, allocator.Random),
	}
	stop, conflicts := make(chan struct{}), &sync.Map{}
	var workers, others sync.WaitGroup
	others.Go(func() { committing(tb.Table, stop) })
	others.Go(func() { reading(tb, stop) })
	for i := range 4 {
		workers.Go(func() { working(tb.Table, pools, fmt.Sprint("worker ", i), conflicts, tb.now) })
	}
	workers.Wait()
	close(stop)
	others.Wait()
	conflicts.Range(func(client, p any) bool {
		t.Errorf("%s was refused %s, which it was offered", client, p)
		return true
	})
}

// reading does what the API and the daemon do.
func reading(tb *table, stop <-chan struct{}) {
	for round := uint64(0); ; round++ {
		select {
		case <-stop:
			return
		default:
		}
		tb.Page(nil, 0, 10)
		tb.Usage()
		tb.ByHost(nil, "worker 1")
		tb.Expire(nil)
		tb.SetReserved([]netip.Prefix{nth(round % 8)})
		for _, err := range tb.Check() {
			tb.t.Errorf("while others work: %v", err)
		}
	}
}
