package bindings

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/allocator"
)

func TestLeasesAreCheckedInStepsWhileClientsComeAndGo(t *testing.T) {
	c := newCrowd(t)
	if _, err := c.AddPool(allocator.Spec{Name: "pool", Prefixes: []netip.Prefix{subnet}}, allocator.Hashed); err != nil {
		t.Fatal(err)
	}
	c.rests = 0
	found, err := c.CheckInSteps(t.Context())
	if err != nil || len(found) > 0 {
		t.Errorf("nothing is wrong, and it says %v, %v", found, err)
	}
	// The bindings, the addresses, and those of them that run out.
	if least := (2*crowded + crowded/3) / checkedAtOnce; c.rests < least {
		t.Errorf("%d rests, want at least %d", c.rests, least)
	}
}

func TestACheckEndsWithItsContext(t *testing.T) {
	c := newCrowd(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.rests = 0
	if _, err := c.CheckInSteps(ctx); !errors.Is(err, context.Canceled) || c.rests > 0 {
		t.Errorf("%v after %d rests", err, c.rests)
	}
}

func TestWhatDoesNotAgreeIsFound(t *testing.T) {
	for name, harm := range map[string]func(c *crowd){
		"a spot of another owner":     func(c *crowd) { c.spots.at(1).owner = 2 },
		"a spot of nobody":            func(c *crowd) { c.spots.at(1).owner = 0 },
		"a spot that nobody finds":    func(c *crowd) { c.byPlace.remove(1) },
		"a binding that nobody finds": func(c *crowd) { c.byKey.remove(1) },
		"a lease that never ends":     func(c *crowd) { c.spots.at(1).heap = 0 },
		"an end in the wrong order": func(c *crowd) {
			last := c.due.len() - 1
			c.spots.at(*c.due.at(last)).when = 1
		},
		"a binding counted as ended": func(c *crowd) { c.records.at(1).isEnded = true },
	} {
		t.Run(name, func(t *testing.T) {
			c := &crowd{t: t, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
			c.Table = New(func() time.Time { return c.now }, Options{Rest: func() {}})
			for n := range 1000 {
				c.put(n, true)
			}
			harm(c)
			if found, err := c.CheckInSteps(t.Context()); len(found) == 0 || err != nil {
				t.Errorf("in steps: found %v, %v", found, err)
			}
			if found := c.Check(); len(found) == 0 {
				t.Error("at once: nothing is found")
			}
		})
	}
}
