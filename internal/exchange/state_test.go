package exchange_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/internal/exchange"
)

var one, two = netip.MustParsePrefix("2001:db8::1/128"), netip.MustParsePrefix("2001:db8::2/128")

func TestTheFirstDecisionOfAnIAStands(t *testing.T) {
	for name, c := range map[string]struct {
		decide func(*exchange.IA) (first, second bool)
		status iana.StatusCode
		by     string
	}{
		"a proposal before a refusal": {func(ia *exchange.IA) (bool, bool) {
			return ia.Propose("a", exchange.Grant{Prefix: one}), ia.Refuse("b", iana.StatusNoAddrsAvail, "")
		}, iana.StatusSuccess, "a"},
		"a refusal before a proposal": {func(ia *exchange.IA) (bool, bool) {
			return ia.Refuse("b", iana.StatusNoAddrsAvail, ""), ia.Propose("a", exchange.Grant{Prefix: one})
		}, iana.StatusNoAddrsAvail, "b"},
	} {
		t.Run(name, func(t *testing.T) {
			var ia exchange.IA
			if first, second := c.decide(&ia); !first || second {
				t.Errorf("stand: %t, %t; want the first only", first, second)
			}
			if ia.Status != c.status || ia.By != c.by || !ia.Decided {
				t.Errorf("status %v by %q, decided %t", ia.Status, ia.By, ia.Decided)
			}
		})
	}
	var ia exchange.IA
	if ia.Propose("a") || ia.Decided {
		t.Error("a proposal of nothing decides")
	}
}

func TestWithdrawNamesWhatIsNotGranted(t *testing.T) {
	ia := exchange.IA{Grants: []exchange.Grant{{Prefix: one}}}
	for _, p := range []netip.Prefix{one, two, two, netip.MustParsePrefix("::/128"), netip.MustParsePrefix("::/56")} {
		ia.Withdraw(p)
	}
	if want := []netip.Prefix{two}; !slices.Equal(ia.Withdrawn, want) {
		t.Errorf("got %v, want %v", ia.Withdrawn, want)
	}
}

func TestResetForgetsEverything(t *testing.T) {
	var s exchange.State
	s.Tags, s.Facts, s.DropReason, s.Hostname, s.Preference, s.HasPreference = []string{"a"}, []exchange.Fact{{}}, "x", "h", 9, true
	s.IAs, s.Trusted, s.Via = append(s.IAs, exchange.IA{}), 3, one.Addr()
	s.Lifetimes.Valid = 7
	s.Options.Set(exchange.Option{}, false)
	s.Reset(exchange.Arrival{Port: 547})
	if len(s.Tags)+len(s.Facts)+len(s.IAs)+len(s.Options.All()) != 0 || s.DropReason+s.Hostname != "" {
		t.Errorf("something is left: %+v", s)
	}
	if s.Preference != 0 || s.HasPreference || s.Trusted != 0 || s.Via.IsValid() || s.Lifetimes != (exchange.Lifetimes{}) || s.Port != 547 {
		t.Errorf("something is left: %+v", s)
	}
}
