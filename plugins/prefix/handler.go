package prefix

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/quota"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
)

// handler is one use of the plugin.
type handler struct {
	name             string
	preferred, valid time.Duration
	options          []*pipeline.Option
	links            []string     // names; none is every link
	lengths          []int        // the default first
	excluded         netip.Prefix // of each that is delegated (RFC 6603); may be zero
	prefixes         []netip.Prefix
	pools            []*pipeline.Pool // of prefixes, in their order
	exclude          []netip.Prefix   // not delegated
	quota            *quota.Quota
}

// Handle proposes a prefix for each IA_PD that is not decided.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if !h.serves(x.Link()) {
		return pipeline.Continue, nil
	}
	for _, ia := range x.IAs() {
		if ia.IA().Type == ident.PD && !ia.Decided() {
			h.serve(x, ia)
		}
	}
	h.quota.Note(x)
	return pipeline.Continue, nil
}

// serves says whether clients on the link are served; those on no known link
// never are, since nobody could route what is delegated to them.
func (h *handler) serves(l *link.Link) bool {
	return l != nil && (len(h.links) == 0 || slices.Contains(h.links, l.Name))
}

// serve proposes a prefix. Where the client has or names one that a later pool
// may have, it only suggests its own, and on Rebind, which any server may get,
// not even that: the prefix may be of another server's pool.
func (h *handler) serve(x *pipeline.Exchange, ia pipeline.IA) {
	elsewhere, known := h.elsewhere(x, ia)
	if elsewhere && (ia.Suggested() || x.Type() == dhcpv6.MessageTypeRebind && !known) {
		return
	}
	grant, ok := h.pick(x, ia)
	switch {
	case !ok:
	case elsewhere:
		ia.Suggest(grant)
	case ia.Propose(grant):
		for _, o := range h.options {
			x.SetPoolOption(o)
		}
	}
}

// pick holds a prefix of the length that the client would like, or of the
// default length when none is left, if one is free for such a client.
func (h *handler) pick(x *pipeline.Exchange, ia pipeline.IA) (pipeline.Grant, bool) {
	if h.quota.Refuses(x, ia) {
		return pipeline.Grant{}, false
	}
	wish := h.length(ia)
	p, ok := h.pickLength(ia, wish)
	if !ok && wish != 0 && wish != h.lengths[0] {
		p, ok = h.pickLength(ia, h.lengths[0])
	}
	return pipeline.Grant{Prefix: p, Preferred: h.preferred, Valid: h.valid, Exclude: h.excludedOf(p), Pool: h.name}, ok
}

// pickLength looks in each pool, first where the client had a prefix or names
// one.
func (h *handler) pickLength(ia pipeline.IA, length int) (netip.Prefix, bool) {
	first := h.start(ia)
	for i := range h.pools {
		if p, ok := ia.Pick(h.pools[(first+i)%len(h.pools)], length); ok {
			return p, true
		}
	}
	return netip.Prefix{}, false
}

// length gives the allowed length that is nearest to the client's wish, or 0
// when it has none: its length, else the next shorter one, a larger prefix,
// else the next longer one (RFC 8168 section 3.2). A prefix by name says more
// than a length alone.
func (h *handler) length(ia pipeline.IA) int {
	wish := 0
	for i := range ia.NumHints() {
		hint := ia.Hint(i).Prefix
		if h.find(hint) >= 0 {
			return hint.Bits()
		}
		if wish == 0 {
			wish = hint.Bits()
		}
	}
	if wish == 0 {
		return 0
	}
	shorter, longer := 0, 129
	for _, l := range h.lengths {
		if l <= wish {
			shorter = max(shorter, l)
		} else {
			longer = min(longer, l)
		}
	}
	if shorter != 0 {
		return shorter
	}
	return longer
}

// start gives the pool to begin with: where the client had a prefix or names
// one, else the first.
func (h *handler) start(ia pipeline.IA) int {
	if b := ia.Binding(); b != nil {
		for i := range b.Leases {
			if at := h.find(b.Leases[i].Prefix); at >= 0 {
				return at
			}
		}
	}
	for i := range ia.NumHints() {
		if at := h.find(ia.Hint(i).Prefix); at >= 0 {
			return at
		}
	}
	return 0
}

// Has says whether p is of a pool for the link.
func (h *handler) Has(l *link.Link, p netip.Prefix) bool { return h.serves(l) && h.find(p) >= 0 }

// Filled says whether that much of each pool is leased or rests, beside what is proposed
// to the client of them.
func (h *handler) Filled(x *pipeline.Exchange, share float64) bool {
	more := 0
	for _, ia := range x.IAs() {
		for i := range ia.NumGrants() {
			if g := ia.Grant(i); g.Pool == h.name {
				more += h.units(g.Prefix.Bits())
			}
		}
	}
	return !slices.ContainsFunc(h.pools, func(p *pipeline.Pool) bool { return x.Filled(p, more) < share })
}

// units gives how many of the longest prefixes that are delegated are in one of a length.
func (h *handler) units(length int) int {
	return 1 << min(max(slices.Max(h.lengths)-length, 0), 62)
}

// Inherit goes on with what is known of senders.
func (h *handler) Inherit(from pipeline.Handler) {
	if was, ok := from.(*handler); ok {
		h.quota.Inherit(was.quota)
	}
}

// find gives the pool that can give out p, or -1.
func (h *handler) find(p netip.Prefix) int {
	for i := range h.pools {
		if h.pools[i].Contains(p) {
			return i
		}
	}
	return -1
}

// elsewhere says whether the client has a prefix that is not ours, or else
// names one, and whether it has any that it was leased here.
func (h *handler) elsewhere(x *pipeline.Exchange, ia pipeline.IA) (elsewhere, known bool) {
	if b := ia.Binding(); b != nil && b.Live(x.Now()) {
		for i := range b.Leases {
			if l := &b.Leases[i]; l.Live(x.Now()) && h.find(l.Prefix) >= 0 {
				return false, true
			}
		}
		return true, true
	}
	for i := range ia.NumHints() {
		hint := ia.Hint(i).Prefix
		if h.find(hint) >= 0 {
			return false, false
		}
		elsewhere = elsewhere || !hint.Addr().IsUnspecified()
	}
	return elsewhere, false
}

// excludedOf gives the excluded prefix of a delegated one, if any.
func (h *handler) excludedOf(p netip.Prefix) netip.Prefix {
	if !h.excluded.IsValid() || !p.IsValid() {
		return netip.Prefix{}
	}
	a, rest := p.Addr().As16(), h.excluded.Addr().As16()
	for i := range a {
		a[i] |= rest[i]
	}
	return netip.PrefixFrom(netip.AddrFrom16(a), h.excluded.Bits())
}

// Check names links that do not exist, and pools that hold a link's own
// prefix.
func (h *handler) Check(links pipeline.Links) (warnings []string) {
	for _, name := range h.links {
		if !slices.ContainsFunc(links.Links(), func(l *link.Link) bool { return l.Name == name }) {
			warnings = append(warnings, fmt.Sprintf("no link is named %q: give it that name under server6.links", name))
		}
	}
	for _, l := range links.Links() {
		for _, on := range l.Prefixes {
			for _, p := range h.prefixes {
				if p.Overlaps(on) && !slices.ContainsFunc(h.exclude, func(e netip.Prefix) bool { return contains(e, on) }) {
					warnings = append(warnings, fmt.Sprintf("pool %s overlaps %s, which is on link %s: exclude what is in use there", p, on, l.Name))
				}
			}
		}
	}
	return warnings
}

// contains says whether p is inside outer, or the same.
func contains(outer, p netip.Prefix) bool {
	return outer.Bits() <= p.Bits() && outer.Contains(p.Addr())
}
