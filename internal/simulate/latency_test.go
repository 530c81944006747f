package simulate

import (
	"testing"
	"time"
)

func TestPercentilesAreRightToSixPerCent(t *testing.T) {
	var l latencies
	for n := 1; n <= 10000; n++ {
		l.add(time.Duration(n) * 10 * time.Microsecond)
	}
	for p, want := range map[float64]time.Duration{0: 10 * time.Microsecond, 50: 50 * time.Millisecond, 99: 99 * time.Millisecond, 100: 100 * time.Millisecond} {
		got := l.percentile(p)
		if got < want-time.Microsecond || float64(got) > 1.07*float64(want) {
			t.Errorf("percentile %v is %v, want %v or a little more", p, got, want)
		}
	}
	if l.most != 100*time.Millisecond {
		t.Errorf("the longest is %v", l.most)
	}
}

func TestPercentilesOfNothingAreZero(t *testing.T) {
	var l latencies
	if got := l.percentile(99); got != 0 {
		t.Errorf("got %v", got)
	}
}

func TestEveryDurationHasABucketThatHoldsIt(t *testing.T) {
	before := -1
	for us := time.Duration(0); us < 1<<62/time.Microsecond; us += us/40 + 1 {
		b := bucketOf(us * time.Microsecond)
		if b < before || b > before+1 {
			t.Fatalf("%d us is in bucket %d after %d", us, b, before)
		}
		before = b
		if upper(b) < us*time.Microsecond {
			t.Fatalf("%d us is in bucket %d, which ends at %v", us, b, upper(b))
		}
	}
	if b := bucketOf(-time.Second); b != 0 {
		t.Errorf("a clock that went back is in bucket %d", b)
	}
	bucketOf(1<<63 - 1)
}
