package exchange_test

import (
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/exchange"
)

// proposal is one call of Set.
type proposal struct {
	code       uint16
	enterprise uint32
	level      exchange.Level
	replace    bool
	value      string
	stands     bool
}

func TestTheFirstProposalOfTheHighestLevelStands(t *testing.T) {
	for name, c := range map[string]struct {
		proposals []proposal
		want      string
	}{
		"the first of a level wins": {
			[]proposal{{23, 0, exchange.Plugin, false, "a", true}, {23, 0, exchange.Plugin, false, "b", false}}, "a",
		},
		"a later one may replace it": {
			[]proposal{{23, 0, exchange.Plugin, false, "a", true}, {23, 0, exchange.Plugin, true, "b", true}}, "b",
		},
		"a pool goes before a plugin": {
			[]proposal{{23, 0, exchange.Plugin, false, "a", true}, {23, 0, exchange.Pool, false, "b", true}}, "b",
		},
		"a host goes before a pool": {
			[]proposal{{23, 0, exchange.Host, false, "a", true}, {23, 0, exchange.Pool, false, "b", false}}, "a",
		},
		"a plugin does not replace what is the host's": {
			[]proposal{{23, 0, exchange.Host, false, "a", true}, {23, 0, exchange.Plugin, true, "b", false}}, "a",
		},
		"codes stand beside each other in their order": {
			[]proposal{{24, 0, exchange.Plugin, false, "a", true}, {23, 0, exchange.Host, false, "b", true}}, "a b",
		},
		"vendor options of two enterprises stand beside each other": {
			[]proposal{{17, 9, exchange.Plugin, false, "a", true}, {17, 343, exchange.Plugin, false, "b", true}, {17, 9, exchange.Plugin, false, "c", false}}, "a b",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var l exchange.Options
			for _, p := range c.proposals {
				o := exchange.Option{Key: exchange.OptionKey{Code: p.code, Enterprise: p.enterprise}, Level: p.level, Wire: []byte(p.value)}
				if got := l.Set(o, p.replace); got != p.stands {
					t.Errorf("%q stands: %t, want %t", p.value, got, p.stands)
				}
			}
			var got []string
			for _, o := range l.All() {
				got = append(got, string(o.Wire))
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("got %q, want %q", s, c.want)
			}
		})
	}
}

func TestRemoveTakesBackEveryOptionOfACode(t *testing.T) {
	var l exchange.Options
	for _, k := range []exchange.OptionKey{{Code: 17, Enterprise: 9}, {Code: 23}, {Code: 17, Enterprise: 343}} {
		l.Set(exchange.Option{Key: k}, false)
	}
	l.Remove(17)
	if l.Has(17) || !l.Has(23) || len(l.All()) != 1 {
		t.Errorf("left: %v", l.All())
	}
}
