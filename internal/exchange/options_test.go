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
	l.Remove(17, "server")
	if l.Has(17) || !l.Has(23) || len(l.All()) != 1 {
		t.Errorf("left: %v", l.All())
	}
}

func TestForcedOptionsStandWhateverWasProposed(t *testing.T) {
	forced := func(wire string) exchange.Option {
		return exchange.Option{Key: exchange.OptionKey{Code: 23}, Wire: []byte(wire), By: "forced"}
	}
	for name, c := range map[string]struct {
		before exchange.Option // none without octets
		force  exchange.Option
		after  exchange.Option // of a plugin behind
		want   string
	}{
		"where nothing was":                      {exchange.Option{}, forced("new"), exchange.Option{}, "new"},
		"in the place of a host's":               {exchange.Option{Key: exchange.OptionKey{Code: 23}, Wire: []byte("old"), Level: exchange.Host}, forced("new"), exchange.Option{}, "new"},
		"and a plugin behind takes no place":     {exchange.Option{}, forced("new"), exchange.Option{Key: exchange.OptionKey{Code: 23}, Wire: []byte("late")}, "new"},
		"without octets, none is left":           {exchange.Option{Key: exchange.OptionKey{Code: 23}, Wire: []byte("old"), Level: exchange.Pool}, forced(""), exchange.Option{}, ""},
		"and then a plugin behind sets one":      {exchange.Option{Key: exchange.OptionKey{Code: 23}, Wire: []byte("old")}, forced(""), exchange.Option{Key: exchange.OptionKey{Code: 23}, Wire: []byte("late")}, "late"},
		"those of other codes stay as they were": {exchange.Option{Key: exchange.OptionKey{Code: 24}, Wire: []byte("other")}, forced(""), exchange.Option{}, "other"},
	} {
		t.Run(name, func(t *testing.T) {
			var l exchange.Options
			if c.before.Wire != nil {
				l.Set(c.before, false)
			}
			l.Force(c.force)
			if c.after.Wire != nil {
				l.Set(c.after, false)
			}
			got := ""
			for _, o := range l.All() {
				got += string(o.Wire)
				if o.Unasked != (o.By == "forced") {
					t.Errorf("%q is sent unasked: %v", o.Wire, o.Unasked)
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
