package simulate

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stage6/stage6/internal/impair"
)

func TestMachinesBootOverABadNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowdOver(t, lendInTurn(), "uefi-ip6,dhclient")
		c.Boot.Timing.Tries = 8
		c.Boot.Carrier.Impair(impair.Rates{Loss: 0.2, Duplicate: 0.1, Reorder: 0.1, Delay: 200 * time.Millisecond}, 1)
		r := c.Begin()
		if err := c.Run(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // for what is late
		if err := c.Boot.Carrier.Close(); err != nil {
			t.Fatal(err)
		}
		if totals := r.Totals(); totals.Booted != 20 {
			t.Errorf("got %+v: %v", totals, r.Reasons())
		}
		got := c.Boot.Carrier.Impaired()
		if got.Sent < 200 || got.Lost == 0 || got.Duplicated == 0 || got.Reordered == 0 || got.Delayed == 0 {
			t.Errorf("counted %+v", got)
		}
	})
}

func TestNothingIsAnsweredWhereAllIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowdOver(t, lendInTurn(), "dhclient")
		defer c.Boot.Carrier.Close()
		c.Boot.Carrier.Impair(impair.Rates{Loss: 1}, 1)
		r := c.Begin()
		if err := c.Run(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if totals := r.Totals(); totals.Failed != 20 {
			t.Errorf("got %+v", totals)
		}
	})
}
