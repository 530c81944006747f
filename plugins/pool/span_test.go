package pool

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/pipeline"
)

func TestReservedInterfaceIdentifiersAreLeftOut(t *testing.T) {
	for name, tc := range map[string]struct {
		span string
		want []string
	}{
		"a whole link": {"2001:db8:10::/64", []string{
			"2001:db8:10::-2001:db8:10::",
			"2001:db8:10:0:200:5eff:fe00:0-2001:db8:10:0:200:5eff:feff:ffff",
			"2001:db8:10:0:fdff:ffff:ffff:ff80-2001:db8:10:0:fdff:ffff:ffff:ffff",
		}},
		"the beginning of a link":       {"2001:db8:10::/112", []string{"2001:db8:10::-2001:db8:10::"}},
		"elsewhere on a link":           {"2001:db8:10::d:0/112", nil},
		"half of what is reserved":      {"2001:db8:10:0:fdff:ffff:ffff:ff00-2001:db8:10:0:fdff:ffff:ffff:ff8f", []string{"2001:db8:10:0:fdff:ffff:ffff:ff80-2001:db8:10:0:fdff:ffff:ffff:ff8f"}},
		"the beginning of a second /64": {"2001:db8:10:0:ffff::-2001:db8:10:1::5", []string{"2001:db8:10:1::-2001:db8:10:1::"}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := parseSpan(tc.span)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range (span{Range: r}).without(nil) {
				got = append(got, x.First.String()+"-"+x.Last.String())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestOnlyTheExcludedPartInsideTheRangeCounts(t *testing.T) {
	r, err := parseSpan("2001:db8:10::10-2001:db8:10::20")
	if err != nil {
		t.Fatal(err)
	}
	exclude := []excluded{
		{pipeline.Range{First: netip.MustParseAddr("2001:db8:10::"), Last: netip.MustParseAddr("2001:db8:10::12")}},
		{pipeline.Range{First: netip.MustParseAddr("2001:db8:20::"), Last: netip.MustParseAddr("2001:db8:20::12")}},
	}
	got := (span{Range: r}).without(exclude)
	if len(got) != 1 || got[0].First != r.First || got[0].Last != netip.MustParseAddr("2001:db8:10::12") {
		t.Errorf("got %v", got)
	}
}

func TestCoverIsTheLongestPrefixAroundARange(t *testing.T) {
	for text, want := range map[string]string{
		"2001:db8:10::d:0/112":              "2001:db8:10::d:0/112",
		"2001:db8:10::100-2001:db8:10::1ff": "2001:db8:10::100/120",
		"2001:db8:10::ff-2001:db8:10::100":  "2001:db8:10::/119",
		"2001:db8:10::5/128":                "2001:db8:10::5/128",
	} {
		r, err := parseSpan(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := (span{Range: r}).cover(); got != netip.MustParsePrefix(want) {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
