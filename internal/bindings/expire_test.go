package bindings_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
)

// expire gives the clients of what ran out, sorted.
func (tb *table) expire() (out []string) {
	for more := true; more; {
		var ran []bindings.Expired
		ran, more = tb.Expire(nil)
		for _, e := range ran {
			out = append(out, fmt.Sprintf("%s %s", string(e.Binding.DUID), text(e.Lease.Prefix)))
		}
	}
	slices.Sort(out)
	return out
}

func TestExpiredLeasesAreToldOnce(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	forever := tb.binding("delta", "2001:db8::4")
	forever.Leases[0].Until = time.Time{}
	tb.apply(tb.binding("alpha", "2001:db8::1"), tb.binding("beta", "2001:db8::2"), tb.released("gamma", time.Minute, "2001:db8::3"), forever)
	tb.now = tb.now.Add(30 * time.Minute)
	tb.apply(tb.binding("alpha", "2001:db8::1"))
	tb.now = tb.now.Add(30 * time.Minute)
	if got := tb.expire(); !slices.Equal(got, []string{"beta 2001:db8::2"}) {
		t.Errorf("got %q", got)
	}
	tb.check("one ran out")
	tb.now = tb.now.Add(30 * time.Minute)
	if got := tb.expire(); !slices.Equal(got, []string{"alpha 2001:db8::1"}) {
		t.Errorf("got %q", got)
	}
	tb.now = tb.now.Add(1000 * time.Hour)
	if got := tb.expire(); got != nil {
		t.Errorf("got %q", got)
	}
}

func TestLeaseThatIsTakenOverIsToldToo(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	var puts []*lease.Binding
	for i := range 100 { // more than one call takes notice of
		puts = append(puts, tb.binding(fmt.Sprintf("client %d", i), fmt.Sprintf("2001:db8::%x", i+1)))
	}
	tb.apply(puts...)
	tb.now = tb.now.Add(time.Hour)
	tb.apply(tb.binding("other", "2001:db8::63"), tb.binding("client 99"))
	tb.check("taken over")
	if got := tb.expire(); len(got) != 100 {
		t.Errorf("%d ran out", len(got))
	}
}

func TestShortenedLeaseEndsEarlier(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	tb.apply(tb.binding("alpha", "2001:db8::1"), tb.binding("beta", "2001:db8::2"))
	b := tb.binding("beta", "2001:db8::2")
	b.Leases[0].Until = tb.now.Add(time.Minute)
	tb.apply(b)
	tb.now = tb.now.Add(time.Minute)
	if got := tb.expire(); !slices.Equal(got, []string{"beta 2001:db8::2"}) {
		t.Errorf("got %q", got)
	}
}

func TestExpireWorksInPortions(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	var puts []*lease.Binding
	for i := range 1000 {
		puts = append(puts, tb.binding(fmt.Sprintf("client %d", i), fmt.Sprintf("2001:db8::%x", i+1)))
	}
	tb.apply(puts...)
	tb.now = tb.now.Add(time.Hour)
	first, more := tb.Expire(nil)
	if len(first) == 0 || len(first) == 1000 || !more {
		t.Errorf("the first portion is of %d, more: %v", len(first), more)
	}
	if rest := tb.expire(); len(first)+len(rest) != 1000 {
		t.Errorf("%d ran out", len(first)+len(rest))
	}
}

func TestOldBindingsAreForgotten(t *testing.T) {
	tests := []struct {
		name    string
		options bindings.Options
		wait    time.Duration
		want    string
	}{
		{"while there is room and time they are kept", bindings.Options{}, 24 * time.Hour, "alpha beta gamma"},
		{"the longest ended go when there are too many", bindings.Options{MaxRemembered: 1}, 0, "alpha gamma"},
		{"they go when they are too old", bindings.Options{RememberFor: time.Hour}, time.Hour - time.Second, "alpha gamma"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tb := newTable(t, test.options)
			b := tb.binding("alpha", "2001:db8::1")
			b.Leases[0].Until = tb.now.Add(1000 * time.Hour)
			tb.apply(b, tb.released("beta", 0, "2001:db8::2"))
			tb.now = tb.now.Add(time.Second)
			tb.apply(tb.released("gamma", 0, "2001:db8::3"))
			tb.commit()
			tb.now = tb.now.Add(test.wait)
			tb.expire()
			var kept []string
			for _, name := range []string{"alpha", "beta", "gamma"} {
				if tb.get(name) != nil {
					kept = append(kept, name)
				}
			}
			if got := strings.Join(kept, " "); got != test.want {
				t.Errorf("kept %s, want %s", got, test.want)
			}
			if changes := tb.commit(); len(changes) != 3-len(kept) {
				t.Errorf("the store is told %d changes", len(changes))
			}
		})
	}
}

func TestOldestOfferGoesFirst(t *testing.T) {
	tb := newTable(t, bindings.Options{MaxOffers: 2})
	pool := tb.addresses("2001:db8::/125")
	for _, client := range []string{"alpha", "beta", "gamma"} {
		tb.pick(pool, client)
	}
	if got := tb.pick(pool, "delta"); got != "2001:db8::1" {
		t.Errorf("got %q", got)
	}
	if u := tb.Usage()[0]; u.Offered != 2 {
		t.Errorf("%d are offered", u.Offered)
	}
}

func TestChangesThatWaitAreBounded(t *testing.T) {
	tb := newTable(t, bindings.Options{MaxPending: 2})
	tb.apply(tb.binding("alpha"), tb.binding("beta"))
	if _, err := tb.Apply(tb.Epoch(), []*lease.Binding{tb.binding("gamma")}); err == nil {
		t.Fatal("a third change is taken")
	}
	tb.commit()
	tb.apply(tb.binding("gamma"))
}

func TestCommitterIsWoken(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	tb.apply(tb.binding("alpha"))
	tb.apply(tb.binding("beta"))
	select {
	case <-tb.Wake():
	default:
		t.Fatal("nobody is woken")
	}
	if taken, _ := tb.Take(nil, 1); len(taken) != 1 {
		t.Errorf("%d were taken", len(taken))
	}
	select {
	case <-tb.Wake():
	default:
		t.Error("nobody is told that more waits")
	}
}

// TestAClockThatWasSetDoesNotKeepExpireBusy has a lease end by the time of day, but not
// by the monotonic clock that the times have beside it.
func TestAClockThatWasSetDoesNotKeepExpireBusy(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	tb.now = time.Now()
	tb.apply(tb.binding("alpha", "2001:db8::1"))
	tb.now = setForward(tb.now, 2*time.Hour)
	told := 0
	for range 3 {
		ran, more := tb.Expire(nil)
		if told += len(ran); !more && told == 1 {
			tb.check("set forward")
			return
		}
	}
	t.Errorf("told of %d leases, and there are more to look at", told)
}

// setForward gives a time as a clock tells it that was set forward a moment ago: that of
// day is later, the reading of the monotonic clock the same.
func setForward(now time.Time, by time.Duration) time.Time {
	now = now.Add(by)
	(*struct {
		wall uint64
		ext  int64
		loc  *time.Location
	})(unsafe.Pointer(&now)).ext -= int64(by)
	return now
}
