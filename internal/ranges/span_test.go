package ranges

import (
	"net/netip"
	"testing"

	"github.com/stage6/stage6/pipeline"
)

func TestOnlyTheExcludedPartInsideTheRangeCounts(t *testing.T) {
	r, err := parseSpan("2001:db8:10::10-2001:db8:10::20")
	if err != nil {
		t.Fatal(err)
	}
	exclude := []Excluded{
		{pipeline.Range{First: netip.MustParseAddr("2001:db8:10::"), Last: netip.MustParseAddr("2001:db8:10::12")}},
		{pipeline.Range{First: netip.MustParseAddr("2001:db8:20::"), Last: netip.MustParseAddr("2001:db8:20::12")}},
	}
	got := (Span{Range: r}).without(exclude)
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
		if got := (Span{Range: r}).cover(); got != netip.MustParsePrefix(want) {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
