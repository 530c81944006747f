package main

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stage6/stage6/stage"
)

func TestAMachineIsGivenWhatIsConfiguredForIt(t *testing.T) {
	way := &segment{name: "relayed", prefix: netip.MustParsePrefix("2001:db8:20::/64")}
	life := func(number int) expectation {
		l, err := newLife(number, way, 1)
		if err != nil {
			t.Fatal(err)
		}
		return expectation{l}
	}
	known, unknown := life(12), life(13)
	for name, c := range map[string]struct {
		who   expectation
		at    stage.Stage
		given string
		wrong string // part of the reason; "" for none
	}{
		"its own address":                      {known, stage.Final, "2001:db8:20::1:c/128", ""},
		"another one's address":                {known, stage.Final, "2001:db8:20::1:8/128", "its own address is 2001:db8:20::1:c"},
		"its own prefix":                       {known, stage.Final, "2001:db8:f00c::/56", ""},
		"another one's prefix":                 {known, stage.Final, "2001:db8:f00f::/56", "its own prefix is 2001:db8:f00c::/56"},
		"its own address, too early":           {known, stage.Installer, "2001:db8:20::1:c/128", "not of the deploy range"},
		"an address to be installed with":      {known, stage.Installer, "2001:db8:20::d:7/128", ""},
		"an address of another link":           {known, stage.Firmware, "2001:db8:10::d:7/128", "not of its link"},
		"an address for who is unknown":        {unknown, stage.Final, "2001:db8:20::e:7/128", ""},
		"a deploy address for who is unknown":  {unknown, stage.Final, "2001:db8:20::d:7/128", "not of the pool"},
		"a host's address for who is unknown":  {unknown, stage.Final, "2001:db8:20::1:c/128", "not of the pool"},
		"a prefix for who is unknown":          {unknown, stage.Final, "2001:db8:e000:100::/56", ""},
		"a host's prefix for who is unknown":   {unknown, stage.Final, "2001:db8:f00c::/56", "not of the pool of prefixes"},
		"a prefix of another length than that": {unknown, stage.Final, "2001:db8:e000:100::/60", "not of the pool of prefixes"},
	} {
		if got := c.who.wrong(c.at, netip.MustParsePrefix(c.given)); (got == "") != (c.wrong == "") || !strings.Contains(got, c.wrong) {
			t.Errorf("%s: got %q, want %q", name, got, c.wrong)
		}
	}
}
