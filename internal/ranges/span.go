// Package ranges reads ranges of addresses as configurations write them, and
// leases out of those that are on the client's link.
package ranges

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Span is a range of addresses and where it is written.
type Span struct {
	pipeline.Range
	text string
	node strict.Node
}

// DecodeNode reads a prefix or a range.
func (s *Span) DecodeNode(n strict.Node) error {
	text, err := n.Text()
	if err != nil {
		return err
	}
	if s.Range, err = parseSpan(text); err != nil {
		return err
	}
	s.text, s.node = text, n
	return nil
}

// Excluded is a Span that may be written as a single address, too.
type Excluded struct{ pipeline.Range }

// UnmarshalText reads an address, a prefix or a range.
func (e *Excluded) UnmarshalText(text []byte) (err error) {
	if a, err := strict.ParseAddr(string(text)); err == nil {
		e.Range = pipeline.Range{First: a, Last: a}
		return nil
	}
	e.Range, err = parseSpan(string(text))
	return err
}

// parseSpan reads a prefix, or a range as FIRST-LAST.
func parseSpan(text string) (r pipeline.Range, err error) {
	first, last, ranged := strings.Cut(text, "-")
	if !ranged {
		r, err = parsePrefix(text)
	} else {
		r, err = parseRange(strings.TrimSpace(first), strings.TrimSpace(last))
	}
	if err != nil {
		return r, err
	}
	return r, checkSpan(text, r)
}

func parsePrefix(text string) (r pipeline.Range, err error) {
	if fields := strings.Fields(text); len(fields) > 1 {
		return r, fmt.Errorf("%q: want one prefix or range, write several as a list", text)
	}
	p, err := strict.ParsePrefix(text)
	if err != nil {
		return r, err
	}
	return pipeline.RangeOf(p), nil
}

func parseRange(first, last string) (r pipeline.Range, err error) {
	if r.First, err = strict.ParseAddr(first); err != nil {
		return r, err
	}
	if r.Last, err = strict.ParseAddr(last); err != nil {
		return r, err
	}
	if r.Last.Less(r.First) {
		return r, fmt.Errorf("the range ends at %s, before its beginning %s", last, first)
	}
	return r, nil
}

// checkSpan says why no client can be given such addresses, or nil.
func checkSpan(text string, r pipeline.Range) error {
	switch a := r.First; {
	case a.Zone() != "" || r.Last.Zone() != "":
		return fmt.Errorf("%q: addresses of a pool have no zone", text)
	case a.Is4In6(), a.IsMulticast(), r.Last.IsMulticast(), a.IsUnspecified(), a.IsLoopback():
		return fmt.Errorf("%q: want unicast addresses such as 2001:db8:10::d:0/112", text)
	case a.IsLinkLocalUnicast():
		return fmt.Errorf("%q: link-local addresses are not given out by DHCPv6", text)
	}
	return nil
}

// inside says whether all of s is excluded.
func (s Span) inside(e Excluded) bool { return !s.First.Less(e.First) && !e.Last.Less(s.Last) }

// without lists what the settings exclude of s. Addresses that are reserved on
// every link (RFC 9915 section 13.1) are left out by the pool itself.
func (s Span) without(exclude []Excluded) (out []pipeline.Range) {
	for _, e := range exclude {
		out = s.cut(out, e.Range)
	}
	return out
}

// cut appends the part of r that is inside s.
func (s Span) cut(out []pipeline.Range, r pipeline.Range) []pipeline.Range {
	if r.First.Less(s.First) {
		r.First = s.First
	}
	if s.Last.Less(r.Last) {
		r.Last = s.Last
	}
	if r.Last.Less(r.First) {
		return out
	}
	return append(out, r)
}

// cover gives the longest prefix that contains the whole Span. The Span is on
// a link if that is.
func (s Span) cover() netip.Prefix {
	for bits := 128; ; bits-- {
		if p, _ := s.First.Prefix(bits); p.Contains(s.Last) {
			return p
		}
	}
}
