package committer

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/lease"
)

// number makes a binding, a different one for each number.
func number(n int) *lease.Binding {
	address := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)})
	now := time.Now().Truncate(time.Second)
	return &lease.Binding{
		Key: lease.Key{DUID: ident.DUID(fmt.Sprintf("\x00\x03\x00\x01%06d", n)), IA: ident.IA{Type: ident.NA, ID: 1}},
		Leases: []lease.Lease{{
			Prefix: netip.PrefixFrom(address, 128), State: lease.Active,
			Valid: time.Hour, Until: now.Add(time.Hour),
		}},
		Created: now, Updated: now,
	}
}

func keys(t *testing.T, store lease.Store) map[lease.Key]bool {
	t.Helper()
	out := map[lease.Key]bool{}
	err := store.Load(t.Context(), func(b *lease.Binding) error { out[b.Key] = true; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTableAndStoreAgreeWhateverFails(t *testing.T) {
	const workers, each = 3, 1500
	table, store := bindings.New(time.Now, bindings.Options{}), memory.New()
	var commits atomic.Int64
	flaky := storeFunc{store, func() error {
		if commits.Add(1)%4 == 0 {
			return errFull
		}
		return nil
	}}
	var told []int // of the goroutine of Run
	c := New(table, flaky, func(items []int, err error) {
		if err == nil {
			told = append(told, items...)
		}
	}, Options{MaxWaiting: workers * each})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- c.Run(ctx) }()
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				n := w*each + i
				// An epoch that ended between the two calls is refused.
				ticket, err := table.Apply(table.Epoch(), []*lease.Binding{number(n)})
				if err == nil && !c.Submit(ticket, n) {
					t.Errorf("item %d refused", n)
				}
				if err == nil && i%100 == 0 {
					_ = c.Wait(ctx, ticket) // so that there are several commits
				}
			}
		})
	}
	wg.Wait()
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	stored := keys(t, store)
	for _, n := range told {
		if !stored[number(n).Key] {
			t.Errorf("item %d was told of, and is not in the store", n)
		}
	}
	for n := range workers * each {
		key := number(n).Key
		if got := table.Get([]byte(key.DUID), key.IA) != nil; got != stored[key] {
			t.Fatalf("%s in the table: %t, in the store: %t", key, got, stored[key])
		}
	}
	// Only an item that comes when two epochs have ended since its change is not
	// told of though the change is durable, which a busy machine makes happen.
	if untold := len(stored) - len(told); untold < 0 || untold > len(stored)/10 {
		t.Errorf("%d changes are durable, and %d were told of", len(stored), len(told))
	}
	if len(told) == 0 || len(told) == workers*each {
		t.Errorf("%d of %d were told of, want some to fail and some not", len(told), workers*each)
	}
}
