package ranges

import (
	"testing"

	"github.com/stage6/stage6/pipeline"
)

// FuzzSpan reads any text: a range that is taken is one of addresses that clients can
// have, and what is excluded of it by another one is within both.
func FuzzSpan(f *testing.F) {
	f.Add("2001:db8:10::d:0/112", "2001:db8:10::d:7")
	f.Add("2001:db8:10::1000-2001:db8:10::1fff", "2001:db8:10::1010 - 2001:db8:10::1020")
	f.Add("::/0", "8000::/1")
	f.Add("::ffff:0:0/96", "fe80::1%eth0")
	f.Add("2001:db8::2-2001:db8::1", "-")
	f.Fuzz(func(t *testing.T, text, exclude string) {
		r, err := parseSpan(text)
		if err != nil {
			return
		}
		if r.Last.Less(r.First) || r.First.IsMulticast() || r.Last.IsMulticast() || r.First.IsLinkLocalUnicast() || r.First.Zone() != "" {
			t.Errorf("%q is %v", text, r)
		}
		s := Span{Range: r}
		if cover := s.cover(); !cover.Contains(r.First) || !cover.Contains(r.Last) {
			t.Errorf("%q is covered by %s", text, cover)
		}
		var e Excluded
		if e.UnmarshalText([]byte(exclude)) != nil {
			return
		}
		for _, part := range s.without([]Excluded{e}) {
			if part.Last.Less(part.First) || !within(part, r) || !within(part, e.Range) {
				t.Errorf("%q without %q excludes %v", text, exclude, part)
			}
		}
	})
}

// within says whether all of a is in b.
func within(a, b pipeline.Range) bool { return !a.First.Less(b.First) && !b.Last.Less(a.Last) }
