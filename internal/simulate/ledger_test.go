package simulate

import (
	"net/netip"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
)

func TestTheLedgerFindsWhatIsGivenTwice(t *testing.T) {
	plan := mustPlan(t, "uefi-pxe+uefi-ip6,networkd")
	one, two := NewMachine(testMAC, UUID{}, 1), NewMachine(ident.MAC{2, 0, 0, 0, 0, 2}, UUID{}, 1)
	x := newXIDs(one)
	boot, beside := newClient(plan[0][0], one, x), newClient(plan[0][1], one, x)
	later, other := newClient(plan[1][0], one, newXIDs(one)), newClient(plan[1][0], two, newXIDs(two))
	type event struct {
		client *Client
		gives  string
		back   bool // whether it gives it back
		at     time.Duration
	}
	for name, c := range map[string]struct {
		events []event
		want   int
	}{
		"two machines":                           {[]event{{later, "2001:db8::1/128", false, 0}, {other, "2001:db8::1/128", false, 0}}, 1},
		"two addresses":                          {[]event{{later, "2001:db8::1/128", false, 0}, {other, "2001:db8::2/128", false, 0}}, 0},
		"one machine, later":                     {[]event{{boot, "2001:db8::1/128", false, 0}, {later, "2001:db8::1/128", false, 0}}, 0},
		"one machine, at the same time":          {[]event{{boot, "2001:db8::1/128", false, 0}, {beside, "2001:db8::1/128", false, 0}}, 1},
		"the same client again":                  {[]event{{boot, "2001:db8::1/128", false, 0}, {boot, "2001:db8::1/128", false, 0}}, 0},
		"another, once it was given back":        {[]event{{later, "2001:db8::1/128", false, 0}, {later, "2001:db8::1/128", true, 0}, {other, "2001:db8::1/128", false, 0}}, 0},
		"another, given back by who has not":     {[]event{{later, "2001:db8::1/128", false, 0}, {boot, "2001:db8::1/128", true, 0}, {other, "2001:db8::1/128", false, 0}}, 1},
		"another, once it has run out":           {[]event{{later, "2001:db8::1/128", false, 0}, {other, "2001:db8::1/128", false, time.Hour}}, 0},
		"another, just before it runs out":       {[]event{{later, "2001:db8::1/128", false, 0}, {other, "2001:db8::1/128", false, time.Hour - 1}}, 1},
		"an address inside a prefix":             {[]event{{later, "2001:db8:1::/48", false, 0}, {other, "2001:db8:1::1/128", false, 0}}, 1},
		"a prefix that is written with its host": {[]event{{later, "2001:db8:1::/56", false, 0}, {other, "2001:db8:1::1/56", false, 0}}, 1},
		"a prefix beside another":                {[]event{{later, "2001:db8:1::/56", false, 0}, {other, "2001:db8:1:100::/56", false, 0}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var ledger Ledger
			start := time.Unix(0, 0)
			for _, e := range c.events {
				x := &Exchange{
					Client: e.client, Sent: request, Ended: start.Add(e.at),
					Answer: &Answer{Type: dhcpv6.MessageTypeReply},
					Given:  []Lease{{Prefix: netip.MustParsePrefix(e.gives), Valid: time.Hour}},
				}
				if e.back {
					x.Sent = release
				}
				ledger.Exchanged(x)
			}
			if got, twice := ledger.Twice(); got != c.want || len(twice) != c.want {
				t.Errorf("given twice: %d, %v; want %d", got, twice, c.want)
			}
		})
	}
}

func TestAnOfferIsNotGiven(t *testing.T) {
	var ledger Ledger
	for _, mac := range []ident.MAC{testMAC, hostMAC} {
		m := NewMachine(mac, UUID{}, 1)
		ledger.Exchanged(&Exchange{
			Client: newClient(mustPlan(t, "dhclient")[0][0], m, newXIDs(m)), Sent: solicit,
			Answer: &Answer{Type: dhcpv6.MessageTypeAdvertise},
			Given:  []Lease{{Prefix: netip.MustParsePrefix("2001:db8::1/128"), Valid: time.Hour}},
		})
	}
	if n, twice := ledger.Twice(); n > 0 {
		t.Errorf("given twice: %v", twice)
	}
}
