package main

import (
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/simulate"
)

func TestALeaseThatIsNotListedIsFound(t *testing.T) {
	machine := simulate.NewMachine(ident.MAC{0x52, 0x54, 0, 0, 0, 1}, simulate.UUID{}, 1)
	client := &simulate.Client{Machine: machine}
	at := func(last string) netip.Prefix { return netip.MustParsePrefix("2001:db8::" + last + "/128") }
	hold := func(last string) simulate.Holding {
		return simulate.Holding{Prefix: at(last), Client: client, Until: time.Unix(60, 0)}
	}
	listed := []api.Lease{
		{Prefix: at("1"), State: "active", MAC: machine.MAC},
		{Prefix: at("2"), State: "expired", MAC: machine.MAC},
		{Prefix: at("3"), State: "active", MAC: ident.MAC{0x52, 0x54, 0, 0, 0, 2}},
		{Prefix: at("6"), State: "released", MAC: machine.MAC, Until: time.Unix(60, 0)},
		{Prefix: at("7"), State: "released", MAC: machine.MAC, Until: time.Unix(30, 0)},
		{Prefix: at("8"), State: "released", MAC: ident.MAC{0x52, 0x54, 0, 0, 0, 2}},
		{Prefix: at("8"), State: "active", MAC: machine.MAC},
	}
	before := []simulate.Holding{hold("1"), hold("2"), hold("3"), hold("4"), hold("5"), hold("6"), hold("7"), hold("8")}
	after := []simulate.Holding{hold("1"), hold("2"), hold("3"), hold("4"), {Prefix: at("5"), Client: &simulate.Client{}}, hold("6"), hold("7"), hold("8")}
	got := slices.SortedFunc(maps.Keys(notListed(stillHeld(before, after), listed)), netip.Prefix.Compare)
	if diff := cmp.Diff([]netip.Prefix{at("2"), at("3"), at("4"), at("7")}, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("not listed (-want +got):\n%s", diff)
	}
}
