package daemon

import (
	"testing"
	"time"

	"github.com/stage6/stage6/internal/leaseclock"
	"github.com/stage6/stage6/internal/memory"
)

// testClock gives the clock of a service that a test makes.
func testClock(t testing.TB) *leaseclock.Clock {
	t.Helper()
	c, err := leaseclock.Open(t.Context(), memory.New(), func() (time.Time, error) { return time.Time{}, nil }, leaseclock.Machine(), func(time.Duration) {})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
