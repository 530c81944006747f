package impair

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// arrivals lets numbered datagrams go, a millisecond apart, and gives when which
// one came.
func arrivals(t *testing.T, rates Rates, seed uint64, count int) (order []int, at []time.Duration, counts Counts) {
	t.Helper()
	var mu sync.Mutex
	synctest.Test(t, func(t *testing.T) {
		w, began := New(rates, seed), time.Now()
		for n := range count {
			w.Pass(func() {
				mu.Lock()
				defer mu.Unlock()
				order, at = append(order, n), append(at, time.Since(began)-time.Duration(n)*time.Millisecond)
			})
			time.Sleep(time.Millisecond)
			synctest.Wait()
		}
		for range rates.Longest() / time.Millisecond {
			time.Sleep(time.Millisecond)
			synctest.Wait()
		}
		counts = w.Counts()
		w.Close()
	})
	return order, at, counts
}

func TestAGoodNetworkHandsOnAtOnceAndInOrder(t *testing.T) {
	order, at, counts := arrivals(t, Rates{}, 1, 100)
	if !slices.IsSorted(order) || len(order) != 100 || slices.Max(at) != 0 {
		t.Errorf("got %v at %v", order, at)
	}
	if diff := cmp.Diff(Counts{Sent: 100}, counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestWhatIsLostDoesNotCome(t *testing.T) {
	order, _, counts := arrivals(t, Rates{Loss: 0.3}, 1, 1000)
	if counts.Lost < 250 || counts.Lost > 350 || len(order) != 1000-int(counts.Lost) {
		t.Errorf("%d came, counted %+v", len(order), counts)
	}
}

func TestWhatIsDuplicatedComesTwice(t *testing.T) {
	order, _, counts := arrivals(t, Rates{Duplicate: 0.3}, 1, 1000)
	if counts.Duplicated < 250 || counts.Duplicated > 350 || len(order) != 1000+int(counts.Duplicated) {
		t.Errorf("%d came, counted %+v", len(order), counts)
	}
}

func TestWhatIsReorderedIsOvertaken(t *testing.T) {
	order, at, counts := arrivals(t, Rates{Reorder: 0.1}, 1, 1000)
	if len(order) != 1000 || slices.IsSorted(order) || counts.Reordered < 60 || counts.Reordered > 140 {
		t.Errorf("%d came, in order: %v, counted %+v", len(order), slices.IsSorted(order), counts)
	}
	if slices.Max(at) != overtaken {
		t.Errorf("the last was late by %v, want %v", slices.Max(at), overtaken)
	}
}

func TestWhatIsDelayedIsLateByNoMoreThanTheBound(t *testing.T) {
	_, at, counts := arrivals(t, Rates{Delay: 200 * time.Millisecond}, 1, 1000)
	if len(at) != 1000 || counts.Delayed != 1000 || slices.Max(at) > 200*time.Millisecond || slices.Max(at) < 150*time.Millisecond || slices.Min(at) > 50*time.Millisecond {
		t.Errorf("%d came, late by %v to %v", len(at), slices.Min(at), slices.Max(at))
	}
}

func TestTheSameSeedGivesTheSameFate(t *testing.T) {
	bad := Rates{Loss: 0.1, Duplicate: 0.1, Reorder: 0.1, Delay: 20 * time.Millisecond}
	first, _, _ := arrivals(t, bad, 7, 300)
	again, _, _ := arrivals(t, bad, 7, 300)
	other, _, _ := arrivals(t, bad, 8, 300)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("with the same seed (-first +again):\n%s", diff)
	}
	if cmp.Equal(first, other) {
		t.Error("another seed gives the same")
	}
}

func TestAClosedWayLosesWhatIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(Rates{Delay: time.Second}, 1)
		for range 10 {
			w.Pass(func() { t.Error("it came after all") })
		}
		w.Close()
		time.Sleep(2 * time.Second)
	})
}

func TestNoWayIsAPerfectOne(t *testing.T) {
	var w *Way
	came := 0
	w.Pass(func() { came++ })
	w.Close()
	if came != 1 || w.Counts() != (Counts{}) {
		t.Errorf("came %d times, counted %+v", came, w.Counts())
	}
}

func TestRatesThatAreNoneAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		rates Rates
		good  bool
	}{
		"all and nothing is a network": {Rates{Loss: 1, Duplicate: 0, Reorder: 1, Delay: time.Hour}, true},
		"more than all is lost":        {Rates{Loss: 1.1}, false},
		"less than none comes twice":   {Rates{Duplicate: -0.1}, false},
		"no number is overtaken":       {Rates{Reorder: nan()}, false},
		"it comes before it is sent":   {Rates{Delay: -1}, false},
	} {
		if err := c.rates.Check(); (err == nil) != c.good {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func nan() float64 {
	var zero float64
	return zero / zero
}
