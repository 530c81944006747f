package watch

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestChangesAreGatheredUntilItIsQuiet(t *testing.T) {
	for name, tc := range map[string]struct {
		n    int // changes, 100 ms apart
		want time.Duration
	}{
		"one change":             {0, quietTime},
		"several":                {5, 500*time.Millisecond + quietTime},
		"changes without an end": {50, mostTime},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				events := make(chan struct{}, tc.n)
				done := make(chan struct{})
				go func() {
					defer close(done)
					for range tc.n {
						<-time.After(100 * time.Millisecond)
						events <- struct{}{}
					}
				}()
				start := time.Now()
				gather(t.Context(), events)
				defer func() { <-done }()
				if got := time.Since(start); got != tc.want {
					t.Errorf("gathered for %v, want %v", got, tc.want)
				}
			})
		})
	}
}

func TestFilesAreLookedAtInAnyCase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &Files{} // which nobody tells anything
		w.Follow()
		start := time.Now()
		if !w.Wait(t.Context()) || time.Since(start) != LookTime+quietTime {
			t.Errorf("waited %v, want %v and until it is quiet", time.Since(start), LookTime)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if w.Wait(ctx) {
			t.Error("it goes on after the end")
		}
	})
}
