package simulate

import (
	"math/bits"
	"time"
)

// latencies counts durations in buckets, each about six per cent wide, so that
// its size does not grow. The zero value is ready.
type latencies struct {
	buckets [(64 - fine + 1) << fine]uint32
	count   uint64
	most    time.Duration
}

// fine is how many bits after the first one tell buckets apart.
const fine = 4

func (l *latencies) add(d time.Duration) {
	l.buckets[bucketOf(d)]++
	l.count++
	l.most = max(l.most, d)
}

// bucketOf gives the bucket of a duration in microseconds.
func bucketOf(d time.Duration) int {
	us := uint64(max(d.Microseconds(), 0))
	if us < 1<<fine {
		return int(us)
	}
	shift := bits.Len64(us) - 1 - fine
	return shift<<fine + int(us>>shift)
}

// upper gives the longest duration of a bucket.
func upper(bucket int) time.Duration {
	if bucket < 1<<(fine+1) {
		return time.Duration(bucket) * time.Microsecond
	}
	shift := bucket>>fine - 1
	us := uint64(bucket-shift<<fine+1)<<shift - 1
	return time.Duration(us) * time.Microsecond
}

// percentile gives a duration that so many of a hundred do not exceed.
func (l *latencies) percentile(p float64) time.Duration {
	if l.count == 0 {
		return 0
	}
	rank := uint64(p / 100 * float64(l.count-1))
	for bucket, n := range l.buckets {
		if rank < uint64(n) {
			return min(upper(bucket), l.most)
		}
		rank -= uint64(n)
	}
	return l.most
}
