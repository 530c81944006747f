package daemon

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/link"
)

// hostFilter is a query for hosts, understood.
type hostFilter struct {
	links   []*link.Link
	name    string       // a pattern; empty: any
	state   *host.State  // nil: any
	mac     ident.MAC    // zero: any
	uuid    *ident.UUID  // nil: any
	duid    ident.DUID   // empty: any
	address netip.Prefix // invalid: any
	tag     string       // empty: any
	source  string       // empty: any
	words   []searchWord
}

// sources are those that a query can name.
var hostSources = []string{"api", "file", "aside"}

func newHostFilter(q api.HostQuery, links []*link.Link) (f hostFilter, err error) {
	f = hostFilter{links: links, name: q.Name, tag: q.Tag, source: q.Source}
	if _, err := path.Match(q.Name, ""); err != nil {
		return f, badRequest("name %q: want a name or a pattern such as web*", q.Name)
	}
	if q.Source != "" && !slices.Contains(hostSources, q.Source) {
		return f, badRequest("source %q: want %s", q.Source, strings.Join(hostSources, ", "))
	}
	if q.State != "" {
		state, err := api.ParseState(q.State)
		if err != nil {
			return f, err
		}
		f.state = &state
	}
	if err := f.parseKeys(q); err != nil {
		return f, &api.BadRequestError{Err: err}
	}
	for word := range strings.FieldsSeq(q.Search) {
		f.words = append(f.words, newSearchWord(word))
	}
	return f, nil
}

// parseKeys reads what hosts are known by.
func (f *hostFilter) parseKeys(q api.HostQuery) (err error) {
	if q.MAC != "" {
		if f.mac, err = ident.ParseMAC(q.MAC); err != nil {
			return err
		}
	}
	if q.UUID != "" {
		f.uuid = new(ident.UUID)
		if err = f.uuid.UnmarshalText([]byte(q.UUID)); err != nil {
			return err
		}
	}
	if q.DUID != "" {
		if f.duid, err = ident.ParseDUID(q.DUID); err != nil {
			return err
		}
	}
	if q.Address != "" {
		f.address, err = api.ParsePrefix(q.Address)
	}
	return err
}

func (f *hostFilter) matches(k *host.Known) bool {
	h := k.Host
	if f.name != "" {
		if ok, _ := path.Match(f.name, h.Name); !ok { // the pattern was checked
			return false
		}
	}
	switch {
	case f.state != nil && *f.state != h.State,
		!f.mac.IsZero() && !hasMAC(h, f.mac),
		f.uuid != nil && !hasUUID(h, *f.uuid),
		f.duid != "" && !hasDUID(k, f.duid),
		f.address.IsValid() && !f.hasAddress(h, f.address),
		f.tag != "" && !slices.Contains(h.Tags, f.tag),
		f.source != "" && !isOf(k, f.source):
		return false
	}
	for i := range f.words {
		if !f.words[i].isIn(k, f) {
			return false
		}
	}
	return true
}

// isOf says whether a host is of a source of a query.
func isOf(k *host.Known, source string) bool {
	switch source {
	case "aside":
		return k.Aside != nil
	case "api":
		return k.Host.Source == assembly.OwnSource
	}
	return k.Host.Source != assembly.OwnSource
}

func hasMAC(h *host.Host, m ident.MAC) bool {
	return slices.ContainsFunc(h.Interfaces, func(f host.Interface) bool { return slices.Contains(f.MACs, m) })
}

func hasUUID(h *host.Host, u ident.UUID) bool {
	return slices.Contains(h.UUIDs, u) || slices.Contains(h.UUIDs, u.Swapped())
}

func hasDUID(k *host.Known, duid ident.DUID) bool {
	return k.Pinned == duid || slices.ContainsFunc(k.Host.Interfaces, func(f host.Interface) bool {
		return slices.ContainsFunc(f.Clients, func(c host.Client) bool { return c.DUID == duid })
	})
}

// hasAddress says whether an address or prefix is reserved for a host, by itself
// or inside of something: a host part on any link.
func (f *hostFilter) hasAddress(h *host.Host, p netip.Prefix) bool {
	for i := range h.Interfaces {
		if slices.ContainsFunc(h.Interfaces[i].Prefixes, func(q netip.Prefix) bool { return within(p, q) }) ||
			slices.ContainsFunc(h.Interfaces[i].Addresses, func(a host.Address) bool { return f.isOn(a, p) }) {
			return true
		}
	}
	return false
}

// isOn says whether p is a reserved address, or in a reserved block, on a link or,
// for what is whole, anywhere.
func (f *hostFilter) isOn(a host.Address, p netip.Prefix) bool {
	if within(p, a.Prefix) {
		return true
	}
	for _, l := range f.links {
		for _, q := range l.Prefixes {
			if on, ok := a.On(q); ok && within(p, on) {
				return true
			}
		}
	}
	return false
}

func within(p, outer netip.Prefix) bool {
	return outer.Bits() <= p.Bits() && outer.Contains(p.Addr())
}

// searchWord is one word of a search: what it can be read as, and its text.
type searchWord struct {
	text    string // in lower case
	mac     ident.MAC
	uuid    ident.UUID
	duid    ident.DUID
	address netip.Prefix
}

func newSearchWord(text string) searchWord {
	w := searchWord{text: strings.ToLower(text)}
	w.mac, _ = ident.ParseMAC(text)
	_ = w.uuid.UnmarshalText([]byte(text)) // most words are none
	w.duid, _ = ident.ParseDUID(text)
	w.address, _ = api.ParsePrefix(text)
	return w
}

// isIn says whether a host is known by the word or has it somewhere.
func (w *searchWord) isIn(k *host.Known, f *hostFilter) bool {
	h := k.Host
	switch {
	case !w.mac.IsZero() && hasMAC(h, w.mac),
		w.uuid != ident.UUID{} && hasUUID(h, w.uuid),
		w.duid != "" && hasDUID(k, w.duid),
		w.address.IsValid() && f.hasAddress(h, w.address):
		return true
	}
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), w.text) }
	return has(h.Name) || has(h.Hostname) || h.State.String() == w.text || slices.ContainsFunc(h.Tags, has) ||
		has(h.Source) || has(k.Pinned.String()) || w.isInKeys(h)
}

// isInKeys looks for the text in what a host is known by and what is reserved.
func (w *searchWord) isInKeys(h *host.Host) bool {
	has := func(s fmt.Stringer) bool { return strings.Contains(s.String(), w.text) }
	for _, u := range h.UUIDs {
		if has(u) {
			return true
		}
	}
	for i := range h.Interfaces {
		f := &h.Interfaces[i]
		if slices.ContainsFunc(f.MACs, func(m ident.MAC) bool { return has(m) }) ||
			slices.ContainsFunc(f.Ports, func(p ident.Port) bool { return strings.Contains(strings.ToLower(string(p)), w.text) }) ||
			slices.ContainsFunc(f.Clients, func(c host.Client) bool { return has(c.DUID) }) ||
			slices.ContainsFunc(f.Addresses, func(a host.Address) bool { return strings.Contains(describeAddress(a), w.text) }) ||
			slices.ContainsFunc(f.Prefixes, func(p netip.Prefix) bool { return has(p) }) {
			return true
		}
	}
	return false
}
