package simulate

import (
	"context"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/stage"
)

// lendInTurn gives every Solicit another address, and every Request the one that
// it asks for.
func lendInTurn() func([]byte) [][]byte {
	var n atomic.Uint32
	return func(datagram []byte) [][]byte {
		sent, err := dhcpv6.MessageFromBytes(datagram)
		if err != nil {
			panic(err)
		}
		address := netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 2: 0x0d, 3: 0xb8, 14: byte(n.Load() >> 8), 15: byte(n.Load())})
		if sent.MessageType == solicit {
			n.Add(1)
		} else if ia := sent.Options.OneIANA(); ia != nil && ia.Options.OneAddress() != nil {
			address, _ = netip.AddrFromSlice(ia.Options.OneAddress().IPv6Addr)
		}
		return [][]byte{lendTo(sent, address).ToBytes()}
	}
}

func crowdOver(t *testing.T, answer func([]byte) [][]byte, plan string) *Crowd {
	t.Helper()
	return &Crowd{
		Boot:  Boot{Plan: mustPlan(t, plan), Carrier: newCarrier(newFakeSocket(answer), nil)},
		First: testMAC, Count: 20, AtOnce: 4, Random: 1,
	}
}

func TestACrowdBoots(t *testing.T) {
	c := crowdOver(t, lendInTurn(), "uefi-ip6,dhclient")
	defer c.Boot.Carrier.Close()
	r := c.Begin()
	if err := c.Run(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	totals := r.Totals()
	totals.Took = 0
	if diff := cmp.Diff(Totals{Started: 20, Booted: 20, Exchanges: 100}, totals); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	row := func(at stage.Stage, profile, message string) Row {
		return Row{Stage: at, Profile: profile, Message: message, Asked: 20, Answered: 20}
	}
	want := []Row{
		row(stage.Firmware, "uefi-ip6", "Solicit"), row(stage.Firmware, "uefi-ip6", "Request"), row(stage.Firmware, "uefi-ip6", "Release"),
		row(stage.Final, "dhclient", "Solicit"), row(stage.Final, "dhclient", "Request"),
	}
	rows := r.Tally.Rows()
	for i := range rows {
		if rows[i].P50 > rows[i].P99 || rows[i].P99 > rows[i].Max {
			t.Errorf("times of %v are out of order", rows[i])
		}
		rows[i].P50, rows[i].P99, rows[i].Max = 0, 0, 0
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if n, twice := r.Ledger.Twice(); n > 0 {
		t.Errorf("given twice: %v", twice)
	}
}

func TestACrowdTellsWhatWasGivenTwice(t *testing.T) {
	c := crowdOver(t, lend(testAddress, nil), "dhclient")
	defer c.Boot.Carrier.Close()
	c.Count, c.AtOnce = 2, 1
	r := c.Begin()
	if err := c.Run(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	n, twice := r.Ledger.Twice()
	const want = "2001:db8::101 was given to dhclient of 52:54:00:aa:bb:02 while dhclient of 52:54:00:aa:bb:01 had it"
	if n != 1 || len(twice) != 1 || twice[0].String() != want {
		t.Errorf("got %v, want %q", twice, want)
	}
}

func TestACrowdTellsWhyMachinesFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowdOver(t, lendInTurn(), "ipxe")
		defer c.Boot.Carrier.Close()
		r := c.Begin()
		if err := c.Run(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		reasons := r.Reasons()
		if len(reasons) != 1 || reasons[0].Machines != 20 {
			t.Fatalf("got %v, want one reason of 20 machines", reasons)
		}
		const want = "ipxe: the Advertise: it has no boot file URL (option 59): iPXE has nothing to boot"
		if reasons[0].Why != want {
			t.Errorf("got %q, want %q", reasons[0].Why, want)
		}
		if row := r.Tally.Rows()[0]; row.Refused != 20 || row.NoAnswer != 0 || row.Answered != 0 {
			t.Errorf("counted %v, want 20 refusals", row)
		}
	})
}

func TestACrowdKeepsItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowdOver(t, lendInTurn(), "dhclient")
		defer c.Boot.Carrier.Close()
		c.Count, c.AtOnce, c.Rate = 21, 0, 10
		r := c.Begin()
		if err := c.Run(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if took := r.Totals().Took; took != 2*time.Second {
			t.Errorf("21 machines at 10 a second took %v, want 2s", took)
		}
	})
}

func TestAnInterruptedCrowdReportsWhatItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowdOver(t, silent, "dhclient")
		defer c.Boot.Carrier.Close()
		c.AtOnce, c.Rate = 0, 1
		ctx, cancel := context.WithTimeout(t.Context(), 20500*time.Millisecond)
		defer cancel()
		r := c.Begin()
		if err := c.Run(ctx, r); err != nil {
			t.Fatal(err)
		}
		// Each gives up after fifteen seconds; the later ones neither boot nor fail.
		totals := r.Totals()
		if totals.Started != 20 || totals.Failed < 4 || totals.Failed > 6 || totals.Booted != 0 {
			t.Errorf("got %+v", totals)
		}
		if row := r.Tally.Rows()[0]; row.NoAnswer != uint64(totals.Failed) || row.Resent != 3*row.NoAnswer {
			t.Errorf("counted %+v of %+v", row, totals)
		}
	})
}

func TestACrowdThatLeavesTheMACsOfMachinesIsAnError(t *testing.T) {
	c := crowdOver(t, lendInTurn(), "dhclient")
	defer c.Boot.Carrier.Close()
	c.First = ident.MAC{0x52, 0xff, 0xff, 0xff, 0xff, 0xfe}
	if err := c.Run(t.Context(), c.Begin()); err == nil {
		t.Error("no error")
	}
}
