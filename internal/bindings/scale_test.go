package bindings_test

import (
	"testing"
	"time"

	"github.com/stage6/stage6/internal/bindings"
)

func TestALeaseTakesLittleMemory(t *testing.T) {
	const most = 300 // octets, where lists have just grown
	if got := octetsOfLease(t, 100_000); got > most {
		t.Errorf("%.0f octets a lease, want at most %d", got, most)
	}
}

// TestManyLeasesThatRunOutAtOnceAreTakenInPortions counts what one call of Expire,
// which everybody else waits for, does.
func TestManyLeasesThatRunOutAtOnceAreTakenInPortions(t *testing.T) {
	const leases, portion = 20_000, 64
	tb := newTable(t, bindings.Options{})
	fill(t, tb, leases)
	tb.now = tb.now.Add(2 * time.Hour)
	told, calls := 0, 0
	for more := true; more; calls++ {
		var ran []bindings.Expired
		ran, more = tb.Expire(nil)
		if len(ran) > portion {
			t.Fatalf("%d leases in one call, want at most %d", len(ran), portion)
		}
		if active, _ := tb.Leases(); leases-active.Active > (calls+1)*portion {
			t.Fatalf("after %d calls %d leases are no longer active, want at most %d each", calls+1, leases-active.Active, portion)
		}
		told += len(ran)
	}
	if told != leases {
		t.Errorf("told of %d leases, want %d", told, leases)
	}
}

// TestWhatIsForgottenLeavesOthersRoomOnTheWayToTheDisk forgets bindings while nothing
// becomes durable.
func TestWhatIsForgottenLeavesOthersRoomOnTheWayToTheDisk(t *testing.T) {
	const leases, portion, most = 5_000, 64, 1024
	tb := newTable(t, bindings.Options{RememberFor: time.Hour})
	fill(t, tb, leases)
	tb.now = tb.now.Add(3 * time.Hour)
	for forgotten := 0; forgotten < leases; {
		for more := true; more; {
			before := tb.Len()
			if _, more = tb.Expire(nil); before-tb.Len() > portion {
				t.Fatalf("%d bindings were forgotten in one call, want at most %d", before-tb.Len(), portion)
			}
		}
		changes, ticket := tb.Take(nil, leases)
		if len(changes) == 0 || len(changes) > most+portion {
			t.Fatalf("%d changes wait, want some and at most %d", len(changes), most+portion)
		}
		tb.Committed(ticket)
		forgotten += len(changes)
	}
}
