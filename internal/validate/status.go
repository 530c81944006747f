package validate

import (
	"encoding/binary"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Status codes (RFC 9915 section 21.13).
const (
	success       = 0
	unspecFail    = 1
	noAddrsAvail  = 2
	noBinding     = 3
	notOnLink     = 4
	noPrefixAvail = 6
)

// statusRules are about status codes.
func statusRules() []rule {
	return []rule{
		{"RFC 9915, 21.13", "a status has a code and a text in UTF-8 without a zero at its end", malformedStatus},
		{"RFC 9915, 18.3.3, 18.3.7, 18.3.8", "the Reply to a Confirm, Release or Decline has a status", missingStatus},
		{"RFC 9915, 18.3", "a status of the whole answer is one that it can have", wrongStatus},
		{"RFC 9915, 18.3", "a status in an IA is one that it can have", wrongStatusInIA},
		{"RFC 9915, 21.13", "a status beside an address or prefix is one that it can have", wrongStatusOfLease},
	}
}

// status is a code and its text.
type status struct {
	code uint16
	text []byte
}

func (o options) status() (s status, ok bool) {
	data := o.first(statusCode)
	if len(data) < 2 {
		return s, false
	}
	return status{binary.BigEndian.Uint16(data), data[2:]}, true
}

func (a association) status() (status, bool) { return a.options.status() }

// areas lists all places of an answer where a status can stand.
func (e *exchange) areas() []options {
	all := []options{e.got.options}
	for _, a := range e.got.ias {
		all = append(all, a.options)
		for _, l := range a.leases {
			all = append(all, l.options)
		}
	}
	return all
}

func malformedStatus(e *exchange) (out []string) {
	for _, area := range e.areas() {
		for i, data := range area.all(statusCode) {
			switch {
			case i > 0:
				out = append(out, "two stand in one place")
			case len(data) < 2:
				out = append(out, fmt.Sprintf("one has %d octets", len(data)))
			case !utf8.Valid(data[2:]) || len(data) > 2 && data[len(data)-1] == 0:
				out = append(out, fmt.Sprintf("one has the text %q", data[2:]))
			}
		}
	}
	return out
}

func missingStatus(e *exchange) []string {
	if _, ok := e.got.options.status(); ok || !e.about(confirm, release, decline) {
		return nil
	}
	return []string{"it has none"}
}

func wrongStatus(e *exchange) []string {
	s, ok := e.got.options.status()
	allowed := []uint16{success, unspecFail}
	switch {
	case e.about(confirm):
		allowed = []uint16{success, notOnLink}
	case e.about(release, decline):
		allowed = []uint16{success}
	}
	if !ok || slices.Contains(allowed, s.code) {
		return nil
	}
	return []string{fmt.Sprintf("a %s to a %s has status %d", name(e.got.kind), name(e.sent.kind), s.code)}
}

// allowedIn lists the statuses of an IA in the answer to a message.
func allowedIn(kind uint16, sent byte) []uint16 {
	allowed := []uint16{success, unspecFail}
	none := uint16(noAddrsAvail)
	if kind == iaPD {
		none = noPrefixAvail
	}
	switch sent {
	case solicit:
		return append(allowed, none)
	case request:
		if allowed = append(allowed, none); kind == iaNA {
			allowed = append(allowed, notOnLink)
		}
		return allowed
	case renew, rebind:
		return append(allowed, none, noBinding)
	}
	return append(allowed, noBinding)
}

func wrongStatusInIA(e *exchange) (out []string) {
	for _, a := range e.got.ias {
		if s, ok := a.status(); ok && !slices.Contains(allowedIn(a.kind, e.sent.kind), s.code) {
			out = append(out, fmt.Sprintf("%v in the answer to a %s has status %d", a, name(e.sent.kind), s.code))
		}
	}
	return out
}

func wrongStatusOfLease(e *exchange) (out []string) {
	for _, a := range e.got.ias {
		for _, l := range a.leases {
			if s, ok := l.options.status(); ok && s.code != success && s.code != unspecFail {
				out = append(out, fmt.Sprintf("%v has status %d", l.prefix, s.code))
			}
		}
	}
	return out
}
