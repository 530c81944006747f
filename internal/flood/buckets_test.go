package flood_test

import (
	"hash/maphash"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/flood"
)

var noon = time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)

// key gives the hash of a number.
func key(seed maphash.Seed, n int) uint64 { return maphash.Comparable(seed, n) }

func TestAKeyHasItsRate(t *testing.T) {
	t.Parallel()
	seed := maphash.MakeSeed()
	rate := flood.Rate{PerSecond: 100, Burst: 200}
	var b flood.Buckets
	count := func(n int, from time.Time, apart time.Duration) (allowed int) {
		for i := range n {
			if b.Allow(key(seed, 1), rate, from.Add(time.Duration(i)*apart)) {
				allowed++
			}
		}
		return allowed
	}
	if got := count(10_000, noon, 0); got != 200 {
		t.Errorf("%d at once are let through, want 200", got)
	}
	if got := count(10_000, noon, 100*time.Microsecond); got != 99 && got != 100 {
		t.Errorf("%d in the next second are let through, want 100", got)
	}
	if got := count(10_000, noon.Add(time.Minute), 0); got != 200 {
		t.Errorf("%d at once after a rest are let through, want 200", got)
	}
	if got := count(200, noon.Add(time.Hour), 20*time.Millisecond); got != 200 {
		t.Errorf("%d of 200 at half of the rate are let through", got)
	}
}

func TestAZeroRateLetsEverythingThrough(t *testing.T) {
	t.Parallel()
	var b flood.Buckets
	var one flood.Bucket
	for range 1000 {
		if !b.Allow(1, flood.Rate{}, noon) || !one.Allow(flood.Rate{}, noon) {
			t.Fatal("one is held back")
		}
	}
}

func TestWhoFloodsHoldsBackNobodyElse(t *testing.T) {
	t.Parallel()
	seed := maphash.MakeSeed()
	rate := flood.Rate{PerSecond: 100, Burst: 200}
	var b flood.Buckets
	for i := range 100_000 { // a hundred clients, each a thousand at once
		b.Allow(key(seed, i%100), rate, noon)
	}
	held := 0
	for i := range 10_000 {
		if !b.Allow(key(seed, 1000+i), rate, noon) {
			held++
		}
	}
	if held > 10 {
		t.Errorf("%d of 10000 others are held back", held)
	}
}

func TestAMillionKeysHoldBackNobody(t *testing.T) {
	t.Parallel()
	seed := maphash.MakeSeed()
	rate := flood.Rate{PerSecond: 100, Burst: 200}
	var b flood.Buckets
	held := 0
	for i := range 1_000_000 { // 50,000 a second
		if !b.Allow(key(seed, i), rate, noon.Add(time.Duration(i)*20*time.Microsecond)) {
			held++
		}
	}
	if held > 0 {
		t.Errorf("%d of a million clients with one message each are held back", held)
	}
}

func TestRecentRemembersForATime(t *testing.T) {
	t.Parallel()
	seed := maphash.MakeSeed()
	var r flood.Recent
	if r.Has(key(seed, 1), time.Second, noon) {
		t.Error("it has what was never added")
	}
	r.Add(key(seed, 1), noon)
	for after, want := range map[time.Duration]bool{0: true, 900 * time.Millisecond: true, 1100 * time.Millisecond: false, 24 * time.Hour: false} {
		if got := r.Has(key(seed, 1), time.Second, noon.Add(after)); got != want {
			t.Errorf("after %v: %v, want %v", after, got, want)
		}
	}
	if r.Has(key(seed, 2), time.Second, noon) {
		t.Error("it takes one key for another")
	}
}

func TestAMessageIsAnsweredOnceAtATime(t *testing.T) {
	t.Parallel()
	seed := maphash.MakeSeed()
	var o flood.Once
	first, other := key(seed, 1)|1, key(seed, 2)|1
	if !o.Begin(first, noon) {
		t.Fatal("the first one is not to be answered")
	}
	if o.Begin(first, noon.Add(time.Millisecond)) {
		t.Error("the same one is answered twice at a time")
	}
	if !o.Begin(other, noon) {
		t.Error("another one is not answered")
	}
	o.End(first)
	if !o.Begin(first, noon.Add(time.Millisecond)) {
		t.Error("it is not answered again after its answer has left")
	}
	if !o.Begin(first, noon.Add(3*time.Second)) {
		t.Error("it is not answered for want of somebody who says that its answer has left")
	}
}

func BenchmarkBuckets(b *testing.B) {
	var all flood.Buckets
	rate := flood.Rate{PerSecond: 100, Burst: 200}
	b.ReportAllocs()
	for i := range uint64(b.N) {
		all.Allow(i*0x9e3779b97f4a7c15, rate, noon)
	}
}

func TestAKeyWithBothBucketsInOnePlaceHasItsRate(t *testing.T) {
	t.Parallel()
	var b flood.Buckets
	for i := range 10 {
		if want, got := i < 3, b.Allow(7<<32|7, flood.Rate{PerSecond: 1, Burst: 3}, noon); got != want {
			t.Errorf("number %d is let through: %v, want %v", i+1, got, want)
		}
	}
}
