package bindings_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
)

var na = ident.IA{Type: ident.NA, ID: 1}

// duid gives a DUID-UUID of 18 octets.
func duid(dst *[18]byte, n uint64) []byte {
	binary.BigEndian.PutUint64(dst[2:], n*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(dst[10:], n)
	dst[1] = 4
	return dst[:]
}

func nth(n uint64) netip.Prefix {
	b := netip.MustParseAddr("2001:db8::").As16()
	binary.BigEndian.PutUint64(b[8:], n)
	return netip.PrefixFrom(netip.AddrFrom16(b), 128)
}

// fill leases the addresses from 1 to n, each to a client of its own.
func fill(_ testing.TB, tb *table, n uint64) {
	puts := make([]*lease.Binding, 0, 1000)
	for i := uint64(1); i <= n; i++ {
		puts = append(puts, record(i, tb.now))
		if len(puts) == cap(puts) || i == n {
			tb.apply(puts...)
			tb.commitAll()
			puts = puts[:0]
		}
	}
}

func record(i uint64, now time.Time) *lease.Binding {
	var d [18]byte
	return &lease.Binding{
		Key: lease.Key{DUID: ident.DUID(duid(&d, i)), IA: na}, Created: now, Updated: now, Link: "prov0",
		Leases: []lease.Lease{{Prefix: nth(i), State: lease.Active, Valid: time.Hour, Until: now.Add(time.Hour + time.Duration(i)), Pool: "deploy"}},
	}
}

func (tb *table) commitAll() {
	_, ticket := tb.Take(nil, 1<<30)
	tb.Committed(ticket)
}

func BenchmarkPick(b *testing.B) {
	const size = 1 << 20
	for _, full := range []float64{0, 0.5, 0.9, 0.99, 0.999, 0.9999} {
		b.Run(fmt.Sprintf("full=%v%%", full*100), func(b *testing.B) {
			tb := newTable(b, bindings.Options{MaxOffers: 64})
			spec := allocator.Spec{Name: "deploy", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8::/108")}}
			pool := tb.pool(spec, allocator.Hashed)
			n := uint64(full * size)
			fill(b, tb, n)
			var d [18]byte
			b.ReportAllocs()
			for i := uint64(0); b.Loop(); i++ {
				if _, ok := tb.Pick(pool, duid(&d, size+i), na, nil, 0); !ok {
					b.Fatal("nothing found")
				}
			}
		})
	}
}

// sizes are numbers of leases over which the cost of one call is to be flat.
var sizes = []uint64{1_000, 100_000, 1_000_000}

func BenchmarkGet(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("leases=%d", n), func(b *testing.B) { benchmarkGet(b, n) })
	}
}

func benchmarkGet(b *testing.B, n uint64) {
	tb := newTable(b, bindings.Options{})
	fill(b, tb, n)
	var d [18]byte
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		if tb.Get(duid(&d, 1+i*7919%n), na) == nil {
			b.Fatal("not found")
		}
	}
}

func BenchmarkHolder(b *testing.B) {
	tb := newTable(b, bindings.Options{})
	fill(b, tb, 1<<17)
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		if _, ok := tb.Holder(nth(1 + i&(1<<17-1))); !ok {
			b.Fatal("not found")
		}
	}
}

func BenchmarkApply(b *testing.B) {
	for _, n := range sizes {
		for _, name := range []string{"renew", "new"} {
			b.Run(fmt.Sprintf("%s/leases=%d", name, n), func(b *testing.B) { benchmarkApply(b, n, name == "new") })
		}
	}
}

// benchmarkApply renews leases, of which there are n, or makes new ones.
func benchmarkApply(b *testing.B, n uint64, fresh bool) {
	tb := newTable(b, bindings.Options{})
	tb.pool(allocator.Spec{Name: "deploy", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8::/102")}}, allocator.Hashed)
	fill(b, tb, n)
	puts := make([]*lease.Binding, 1)
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		key := 1 + i*7919%n
		if fresh {
			key = n + 1 + i
		}
		puts[0] = record(key, tb.now)
		tb.apply(puts...)
		if i%64 == 63 {
			tb.commitAll()
		}
	}
	tb.commitAll()
}

// BenchmarkMemory reports what a lease takes in memory.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(octetsOfLease(b, 1<<18), "B/lease")
	}
}

// octetsOfLease gives how much memory one of n leases takes.
func octetsOfLease(t testing.TB, n uint64) float64 {
	tb := newTable(t, bindings.Options{})
	tb.pool(allocator.Spec{Name: "deploy", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8::/108")}}, allocator.Hashed)
	before := heap()
	fill(t, tb, n)
	after := heap()
	runtime.KeepAlive(tb)
	return float64(after-before) / float64(n)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
