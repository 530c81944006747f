package server

import (
	"testing"
	"time"

	"github.com/stage6/stage6/pipeline"
)

// answer has a call begin and end at a time, and says whether the handler may
// block after it.
func answer(t *testing.T, c *calls, at time.Time, inTime bool) bool {
	t.Helper()
	if ok, _ := c.begin(at); !ok {
		t.Fatalf("the call at %v is refused", at)
	}
	c.running.Add(-1)
	c.end(at, inTime)
	return c.block.Load()
}

func TestWhoWasFoundBlockingIsOnTrial(t *testing.T) {
	c, now := &calls{}, time.Unix(1_700_000_000, 0)
	c.blame(pipeline.Limits{}, now)
	if !answer(t, c, now.Add(firstTrial-1), true) {
		t.Error("the trial is over too early")
	}
	if !answer(t, c, now.Add(firstTrial), false) || !answer(t, c, now.Add(2*firstTrial-1), true) {
		t.Error("a late call does not begin it anew")
	}
	if answer(t, c, now.Add(2*firstTrial), true) {
		t.Error("it is not over when all calls have returned")
	}
}

func TestATrialIsLongerEachTime(t *testing.T) {
	c, now := &calls{}, time.Unix(1_700_000_000, 0)
	for range 20 {
		c.blame(pipeline.Limits{}, now)
		trial := c.trial
		if !answer(t, c, now.Add(trial-1), true) || answer(t, c, now.Add(trial), true) {
			t.Fatalf("a trial of %v does not take so long", trial)
		}
		now = now.Add(trial)
	}
	if c.trial != maxTrial {
		t.Errorf("the last one takes %v, want %v", c.trial, maxTrial)
	}
}

func TestWhoSaysThatItMayBlockIsNotOnTrial(t *testing.T) {
	c, now := &calls{}, time.Unix(1_700_000_000, 0)
	c.declare(pipeline.Limits{})
	c.blame(pipeline.Limits{}, now)
	if !answer(t, c, now.Add(2*maxTrial), true) {
		t.Error("it is called as others are")
	}
}
