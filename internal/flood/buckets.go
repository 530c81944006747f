package flood

import (
	"sync/atomic"
	"time"
)

// Rate is how much is let through: so many in a second, and at most so many at
// once after a rest. The zero value lets everything through.
type Rate struct {
	PerSecond int
	Burst     int
}

// every gives the time that one takes, and how far ahead of the clock who has
// rested may be.
func (r Rate) every() (one, ahead int64) {
	one = int64(time.Second) / int64(r.PerSecond)
	return one, one * int64(r.Burst)
}

// bucketCount is how many buckets Buckets has: 128 KiB. Of 50,000 keys a second,
// three share a bucket.
const bucketCount = 1 << 14

// Buckets are token buckets for any number of keys in a bounded memory: keys
// share them by chance, which whoever makes keys up cannot aim, since keys are
// hashes with a seed that nobody knows. Each key has two, and is held back only
// when both are empty, so that it takes two others who send too much to harm
// one who does not.
//
// The zero value is ready for use. It is safe for concurrent use, takes no lock
// and ages by itself: a bucket is the time until which it is used up.
type Buckets struct {
	until [bucketCount]atomic.Int64 // in nanoseconds since 1970
}

// Allow says whether one more of a key's is let through.
func (b *Buckets) Allow(key uint64, r Rate, now time.Time) bool {
	if r.PerSecond <= 0 {
		return true
	}
	one, ahead := r.every()
	at := now.UnixNano()
	here, there := key%bucketCount, key>>32%bucketCount
	if here == there {
		there ^= 1
	}
	first := take(&b.until[here], one, ahead, at)
	second := take(&b.until[there], one, ahead, at)
	return first || second
}

// take takes one token, if there is one. Who loses against somebody who takes one
// in the same moment has it for nothing.
func take(until *atomic.Int64, one, ahead, now int64) bool {
	was := until.Load()
	next := max(was, now) + one
	if next-now > ahead {
		return false
	}
	until.CompareAndSwap(was, next)
	return true
}

// Bucket is a token bucket. The zero value is full; it is safe for concurrent use.
type Bucket struct{ until atomic.Int64 }

// Allow says whether one more is let through.
func (b *Bucket) Allow(r Rate, now time.Time) bool {
	if r.PerSecond <= 0 {
		return true
	}
	one, ahead := r.every()
	return take(&b.until, one, ahead, now.UnixNano())
}
