package allocator

import (
	"fmt"
	"net/netip"
	"slices"
)

// New checks a spec and makes its space. Errors are for people: they name the
// pool and what is wrong in it.
func New(spec Spec) (*Space, error) {
	s := &Space{spec: spec, unit: 128}
	if err := s.build(); err != nil {
		return nil, fmt.Errorf("pool %q: %w", spec.Name, err)
	}
	s.number()
	return s, nil
}

func (s *Space) build() error {
	if len(s.spec.Lengths) == 0 {
		s.spec.Lengths = []int{128}
	} else if err := s.checkLengths(); err != nil {
		return err
	}
	var never []span
	for _, p := range s.spec.Prefixes {
		if err := s.addPrefix(p); err != nil {
			return err
		}
		if s.unit == 128 && p.Bits() < 127 {
			first := number(p.Addr())
			never = append(never, span{first, first})
		}
	}
	for _, r := range s.spec.Ranges {
		if err := s.addRange(r); err != nil {
			return err
		}
	}
	if len(s.segments) == 0 {
		return fmt.Errorf("empty: want a prefix or a range")
	}
	return s.exclude(never)
}

// exclude sets what is never given out: never, and what people excluded.
func (s *Space) exclude(never []span) error {
	for _, r := range s.spec.Exclude {
		if !ordered(r) {
			return fmt.Errorf("exclude \"%s-%s\": want two IPv6 addresses, the lower first", r.First, r.Last)
		}
		never = append(never, span{number(r.First), number(r.Last)})
	}
	s.never = newSpans(never)
	return nil
}

func (s *Space) checkLengths() error {
	s.spec.Lengths = slices.Clone(s.spec.Lengths)
	for i, n := range s.spec.Lengths {
		if n < 1 || n > 127 {
			return fmt.Errorf("length %d: want 1 to 127", n)
		}
		if slices.Contains(s.spec.Lengths[:i], n) {
			return fmt.Errorf("length %d stands twice", n)
		}
	}
	s.unit = slices.Max(s.spec.Lengths)
	return nil
}

func (s *Space) addPrefix(p netip.Prefix) error {
	if err := checkAddr(p.Addr()); err != nil {
		return fmt.Errorf("prefix %q: %w", p, err)
	}
	if p != p.Masked() {
		return fmt.Errorf("prefix %q: bits set beyond the prefix length, did you mean %q", p, p.Masked())
	}
	if shortest := slices.Min(s.spec.Lengths); p.Bits() > shortest {
		return fmt.Errorf("prefix %q: no room for prefixes of length %d", p, shortest)
	}
	return s.addSegment(segment{span: spanOf(p), text: p.String()})
}

func (s *Space) addRange(r Range) error {
	text := fmt.Sprintf("%s-%s", r.First, r.Last)
	if s.unit != 128 {
		return fmt.Errorf("range %q: a pool of prefixes has no ranges of addresses", text)
	}
	for _, a := range [...]netip.Addr{r.First, r.Last} {
		if err := checkAddr(a); err != nil {
			return fmt.Errorf("range %q: %w", text, err)
		}
	}
	if !ordered(r) {
		return fmt.Errorf("range %q: the last address is below the first", text)
	}
	return s.addSegment(segment{span: span{number(r.First), number(r.Last)}, text: text})
}

func (s *Space) addSegment(g segment) error {
	for i := range s.segments {
		if s.segments[i].overlaps(g.span) {
			return fmt.Errorf("%q overlaps %q of the same pool", g.text, s.segments[i].text)
		}
	}
	s.segments = append(s.segments, g)
	return nil
}

func checkAddr(a netip.Addr) error {
	switch {
	case !a.Is6() || a.Is4In6():
		return fmt.Errorf("not IPv6")
	case a.Zone() != "":
		return fmt.Errorf("has a zone")
	case a.IsMulticast(), a.IsLinkLocalUnicast(), a.IsLoopback():
		return fmt.Errorf("not of addresses that can be leased")
	}
	return nil
}

func ordered(r Range) bool {
	return r.First.Is6() && r.Last.Is6() && !r.Last.Less(r.First)
}

// CheckOverlap gives an error that names both when the spaces overlap.
func (s *Space) CheckOverlap(o *Space) error {
	for i := range s.segments {
		for j := range o.segments {
			if s.segments[i].overlaps(o.segments[j].span) {
				return fmt.Errorf("pool %q: %q overlaps %q of pool %q", s.spec.Name, s.segments[i].text, o.segments[j].text, o.spec.Name)
			}
		}
	}
	return nil
}
