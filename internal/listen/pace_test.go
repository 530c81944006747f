package listen

import (
	"testing"
	"time"
)

// readings has n datagrams read, again and again, and gives for how long they gather in
// the end.
func readings(p *pace, now time.Time, times int, every time.Duration, n int, isFull bool) (time.Time, time.Duration) {
	for range times {
		now = now.Add(every)
		p.note(now, n, isFull)
	}
	if p.next.IsZero() {
		return now, 0
	}
	return now, p.next.Sub(now)
}

func TestDatagramsGatherWhereManyCome(t *testing.T) {
	for name, c := range map[string]struct {
		every time.Duration // a read
		n     int           // datagrams of each
		full  bool
		want  time.Duration
	}{
		"a lone machine":                       {every: 100 * time.Millisecond, n: 1},
		"a few machines":                       {every: 2 * time.Millisecond, n: 1},
		"one message after a quiet hour":       {every: time.Hour, n: 1},
		"many, once an hour":                   {every: time.Hour, n: 32},
		"fewer than it is worth waiting for":   {every: 4 * time.Millisecond, n: 3},
		"just as many as it is worth it for":   {every: time.Millisecond, n: 1, want: longestGather},
		"many machines":                        {every: 100 * time.Microsecond, n: 1, want: 1600 * time.Microsecond},
		"many that have gathered":              {every: 4 * time.Millisecond, n: 16, want: longestGather},
		"more than that, for less time":        {every: time.Millisecond, n: 16, want: time.Millisecond},
		"so many that more wait to be read":    {every: time.Millisecond, n: 32, full: true},
		"as many as one socket has ever given": {every: 32 * time.Microsecond, n: 2, want: 256 * time.Microsecond},
	} {
		t.Run(name, func(t *testing.T) {
			var p pace
			if _, got := readings(&p, time.Unix(1_000_000, 0), 400, c.every, c.n, c.full); got != c.want {
				t.Errorf("gather for %v, want %v", got, c.want)
			}
		})
	}
}

func TestDatagramsGatherNoMoreWhenFewCome(t *testing.T) {
	var p pace
	now, gather := readings(&p, time.Unix(1_000_000, 0), 200, time.Millisecond, 10, false)
	if gather == 0 {
		t.Fatal("10 datagrams each millisecond do not gather")
	}
	if _, gather = readings(&p, now, int(paceTime/time.Millisecond), 2*time.Millisecond, 1, false); gather > 0 {
		t.Errorf("one datagram in two milliseconds gathers for %v", gather)
	}
}

func TestNoDatagramWaitsLongerThanThat(t *testing.T) {
	for count := range 2000 {
		if got := gatherTime(count, paceTime); got > longestGather {
			t.Errorf("%d datagrams in %v gather for %v, want %v at most", count, paceTime, got, longestGather)
		}
	}
}
