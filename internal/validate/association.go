package validate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// associationRules are about IA_NA and IA_PD.
func associationRules() []rule {
	return []rule{
		{"RFC 9915, 21.4, 21.21", "an IA has an IAID, T1, T2, and options that belong there", malformedIA},
		{"RFC 9915, 18.3", "an answer has no IA but those of the message", strangeIA},
		{"RFC 9915, 21.4, 21.21", "an IA stands once", twiceIA},
		{"RFC 9915, 18.3.2, 18.3.4, 18.3.9", "each IA of a Solicit, Request or Renew is answered", missingIA},
		{"RFC 9915, 18.3.3, 18.3.6", "the Reply to a Confirm or an Information-request has no IA", needlessIA},
		{"RFC 9915, 18.3.7, 18.3.8", "an IA in the Reply to a Release or Decline has NoBinding and nothing else", endedIA},
		{"RFC 9915, 21.4, 21.21", "T1 is not greater than T2", crossedTimes},
		{"RFC 9915, 18.3.2, 18.3.4, 18.3.5", "T1 and T2 are the same in all IAs of an answer", differentTimes},
		{"RFC 9915, 21.4, 21.21", "T1 and T2 are before the shortest preferred lifetime ends", lateTimes},
		{"RFC 9915, 18.3.2, 18.3.9", "an IA without a lease says why", silentIA},
		{"RFC 9915, 18.3.2, 18.3.9", "an IA that is refused has no lease that lives", refusedIA},
	}
}

// association is an IA of a message.
type association struct {
	kind    uint16 // iaNA or iaPD
	id      [4]byte
	t1, t2  uint32 // seconds
	options options
	leases  []lease // those that can be read
}

// String names it for people.
func (a association) String() string {
	kind := "IA_NA"
	if a.kind == iaPD {
		kind = "IA_PD"
	}
	return fmt.Sprintf("%s %x", kind, a.id)
}

// same says whether two are the same IA, of two messages maybe.
func (a association) same(b association) bool { return a.kind == b.kind && a.id == b.id }

func parseIA(o option) (a association, err error) {
	if len(o.data) < 12 {
		return a, errors.New("an IA is too short for its IAID, T1 and T2")
	}
	a = association{
		kind: o.code, id: [4]byte(o.data),
		t1: binary.BigEndian.Uint32(o.data[4:]), t2: binary.BigEndian.Uint32(o.data[8:]),
	}
	a.options, err = parseOptions(o.data[12:])
	a.leases = a.options.leases()
	return a, err
}

// associations lists the IAs that can be read.
func (o options) associations() (out []association) {
	for _, one := range o {
		if one.code != iaNA && one.code != iaPD {
			continue
		}
		if a, err := parseIA(one); err == nil {
			out = append(out, a)
		}
	}
	return out
}

func malformedIA(e *exchange) (out []string) {
	for _, o := range e.got.options {
		if o.code != iaNA && o.code != iaPD {
			continue
		}
		a, err := parseIA(o)
		if err != nil {
			out = append(out, err.Error())
			continue
		}
		inside := uint16(iaAddr)
		if a.kind == iaPD {
			inside = iaPrefix
		}
		for _, in := range a.options {
			if in.code != inside && in.code != statusCode {
				out = append(out, fmt.Sprintf("option %d stands in %v", in.code, a))
			}
		}
	}
	return out
}

func strangeIA(e *exchange) (out []string) {
	asked := e.sent.ias
	for _, a := range e.got.ias {
		if !slices.ContainsFunc(asked, a.same) {
			out = append(out, fmt.Sprintf("%v is not one of the message's", a))
		}
	}
	return out
}

func twiceIA(e *exchange) (out []string) {
	all := e.got.ias
	for i, a := range all {
		if slices.ContainsFunc(all[:i], a.same) {
			out = append(out, a.String())
		}
	}
	return out
}

func missingIA(e *exchange) (out []string) {
	if !e.about(solicit, request, renew) {
		return nil
	}
	given := e.got.ias
	for _, a := range e.sent.ias {
		if !slices.ContainsFunc(given, a.same) {
			out = append(out, fmt.Sprintf("%v is missing", a))
		}
	}
	return out
}

func needlessIA(e *exchange) (out []string) {
	if !e.about(confirm, informationRequest) {
		return nil
	}
	for _, a := range e.got.ias {
		out = append(out, fmt.Sprintf("it has %v", a))
	}
	return out
}

func endedIA(e *exchange) (out []string) {
	if !e.about(release, decline) {
		return nil
	}
	for _, a := range e.got.ias {
		if s, ok := a.status(); !ok || s.code != noBinding || len(a.options) != 1 {
			out = append(out, fmt.Sprintf("%v has more or something else", a))
		}
	}
	return out
}

func crossedTimes(e *exchange) (out []string) {
	for _, a := range e.got.ias {
		if a.t1 > a.t2 && a.t2 > 0 {
			out = append(out, fmt.Sprintf("%v has T1 %d and T2 %d", a, a.t1, a.t2))
		}
	}
	return out
}

// differentTimes looks at IAs with leases that live: the others have no times.
func differentTimes(e *exchange) []string {
	var first *association
	for _, a := range e.got.ias {
		switch {
		case !slices.ContainsFunc(a.leases, lease.lives):
		case first == nil:
			first = &a
		case a.t1 != first.t1 || a.t2 != first.t2:
			return []string{fmt.Sprintf("%v has %d and %d, %v has %d and %d", *first, first.t1, first.t2, a, a.t1, a.t2)}
		}
	}
	return nil
}

// lateTimes looks at all IAs together, since their times are the same. A lease that
// is not preferred any more has no say.
func lateTimes(e *exchange) (out []string) {
	const infinity = 0xffffffff
	shortest := uint32(infinity)
	for _, a := range e.got.ias {
		for _, l := range a.leases {
			if l.lives() && l.preferred > 0 {
				shortest = min(shortest, l.preferred)
			}
		}
	}
	for _, a := range e.got.ias {
		if shortest < infinity && slices.ContainsFunc(a.leases, lease.lives) && max(a.t1, a.t2) > shortest {
			out = append(out, fmt.Sprintf("%v has T1 %d and T2 %d, and a lease is preferred for %d s", a, a.t1, a.t2, shortest))
		}
	}
	return out
}

func silentIA(e *exchange) (out []string) {
	if e.about(release, decline) {
		return nil
	}
	for _, a := range e.got.ias {
		if s, ok := a.status(); len(a.leases) == 0 && (!ok || s.code == success) {
			out = append(out, fmt.Sprintf("%v has neither a lease nor a status", a))
		}
	}
	return out
}

func refusedIA(e *exchange) (out []string) {
	for _, a := range e.got.ias {
		if s, ok := a.status(); ok && s.code != success && slices.ContainsFunc(a.leases, lease.lives) {
			out = append(out, fmt.Sprintf("%v has a lease and status %d", a, s.code))
		}
	}
	return out
}
