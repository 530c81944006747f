package daemon

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/link"
)

// NextFree gives the lowest address or block that nobody has.
func (s *service) NextFree(q api.NextFreeQuery) (api.NextFree, error) {
	interfaces, err := kernelLinks()
	if err != nil {
		return api.NextFree{}, err
	}
	links := s.now().links(interfaces)
	return nextFree(q, links, takenSet(s.table, links, q.Length, assembly.Reserved(s.now().parts.Hosts, links, interfaces), s.clock.Now()))
}

// nextFree looks where the query says.
func nextFree(q api.NextFreeQuery, links *link.Table, taken allocator.Set) (api.NextFree, error) {
	on, within, err := placeToLook(q, links.Links())
	if err != nil {
		return api.NextFree{}, err
	}
	out := api.NextFree{Within: within}
	if on != nil {
		out.Link = on.Name
	}
	var found bool
	if out.Prefix, found = taken.Vacant(within, q.Length); !found {
		return out, &api.NotFoundError{What: fmt.Sprintf("a free /%d in %s", q.Length, within)}
	}
	return out, nil
}

// placeToLook gives the link, if there is one, and the prefix that a query is
// about.
func placeToLook(q api.NextFreeQuery, links []*link.Link) (on *link.Link, within netip.Prefix, err error) {
	fits := func(p netip.Prefix) bool { return p.Bits() <= q.Length && !p.Addr().IsLinkLocalUnicast() }
	switch {
	case q.Link != "":
		i := slices.IndexFunc(links, func(l *link.Link) bool { return l.Name == q.Link })
		if i < 0 {
			return nil, within, &api.NotFoundError{What: fmt.Sprintf("link %q%s", q.Link, among(links, fits))}
		}
		on = links[i]
	case q.Within.IsValid():
		if i := slices.IndexFunc(links, func(l *link.Link) bool { return l.Contains(q.Within) }); i >= 0 {
			on = links[i]
		}
	default:
		if on, err = onlyLink(links, fits); err != nil {
			return nil, within, err
		}
	}
	if !q.Within.IsValid() {
		i := slices.IndexFunc(on.Prefixes, fits)
		if i < 0 {
			return nil, within, badRequest("link %q has no prefix for a /%d: say within which one to look", on.Name, q.Length)
		}
		return on, on.Prefixes[i].Masked(), nil
	}
	if q.Link != "" && !on.Contains(q.Within) {
		return nil, within, badRequest("%s is not on link %q", q.Within, q.Link)
	}
	return on, q.Within.Masked(), nil
}

// onlyLink gives the only link with a prefix that fits.
func onlyLink(links []*link.Link, fits func(netip.Prefix) bool) (on *link.Link, err error) {
	for _, l := range links {
		if !slices.ContainsFunc(l.Prefixes, fits) {
			continue
		}
		if on != nil {
			return nil, badRequest("say on which link, or within which prefix, to look%s", among(links, fits))
		}
		on = l
	}
	if on == nil {
		return nil, badRequest("no link has a prefix that fits: say within which one to look")
	}
	return on, nil
}

func badRequest(format string, args ...any) error {
	return &api.BadRequestError{Err: fmt.Errorf(format, args...)}
}

// among names the links with a prefix that fits.
func among(links []*link.Link, fits func(netip.Prefix) bool) string {
	var names []string
	for _, l := range links {
		if slices.ContainsFunc(l.Prefixes, fits) {
			names = append(names, l.Name)
		}
	}
	if names == nil {
		return ""
	}
	return " (links: " + strings.Join(names, ", ") + ")"
}

// takenSet gives what no block of that length may have a part in: what is
// reserved, what pools consist of, what is leased or rests, and, of the single
// addresses of a link, the one that routers have together (RFC 4291 section
// 2.6.1) and the one after it, which nearly always is the router's own.
func takenSet(t *bindings.Table, links *link.Table, length int, reserved []netip.Prefix, now time.Time) allocator.Set {
	taken := appendHeld(slices.Clone(reserved), t, now)
	for _, l := range links.Links() {
		for _, p := range l.Prefixes {
			if length == 128 {
				first := p.Masked().Addr()
				p = netip.PrefixFrom(first, 128)
				taken = append(taken, netip.PrefixFrom(first.Next(), 128))
			}
			if length == 128 || length <= p.Bits() {
				taken = append(taken, p)
			}
		}
	}
	return allocator.NewSet(taken).With(t.Spans())
}

// appendHeld appends what is leased or rests.
func appendHeld(dst []netip.Prefix, t *bindings.Table, now time.Time) []netip.Prefix {
	var some []*lease.Binding
	for cursor := uint32(0); ; {
		some, cursor = t.Page(some[:0], cursor, portion)
		for _, b := range some {
			for i := range b.Leases {
				if b.Leases[i].Held(now) {
					dst = append(dst, b.Leases[i].Prefix)
				}
			}
		}
		if cursor == 0 {
			return dst
		}
	}
}
