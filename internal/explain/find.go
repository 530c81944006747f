package explain

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/internal/wire"
)

// Explainer explains what a ring keeps. It is safe for concurrent use.
type Explainer struct {
	Ring *history.Ring
	Surroundings
	// Hosts gives the known hosts.
	Hosts func() *host.Registry
	// Holder says who has an address or prefix now, or nil.
	Holder func(p netip.Prefix) *api.ExplainedHolder
}

// How many exchanges are told, where nothing is said and at most.
const (
	usualLast = 8
	maxLast   = 1000
)

// fewest is how many exchanges are looked at, even if fewer are told: that an answer
// does not arrive several of them show.
const fewest = 16

// lookEvery is how often somebody who waits for an exchange looks whether there is
// one. Who serves has nothing to do with who waits.
const lookEvery = 200 * time.Millisecond

// Explain tells what is asked for. An error is of who asks.
func (e *Explainer) Explain(ctx context.Context, q api.ExplainQuery) (api.Explanations, error) {
	if q.Last < 0 || q.Last > maxLast {
		return api.Explanations{}, fmt.Errorf("last %d: want 1 to %d", q.Last, maxLast)
	}
	if e.Ring == nil {
		return api.Explanations{}, errors.New("the server remembers no messages: set server6.history in its configuration, and restart it")
	}
	if q.Last == 0 {
		q.Last = usualLast
	}
	want, err := e.selector(q)
	if err != nil {
		return api.Explanations{}, err
	}
	next := e.Ring.Last() // before looking, so that nothing is missed by who asks for what comes after
	e.HasHosts = e.Hosts().Len() > 0
	found := e.await(ctx, q, want)
	out := api.Explanations{Of: q.Of, Kind: want.kind, Host: want.host, Exchanges: []api.Explanation{}, Next: next, Missed: e.Ring.Missed()}
	for _, x := range found {
		out.Exchanges = append(out.Exchanges, Of(x, e.Surroundings))
		out.Next = max(out.Next, x.Seq)
	}
	out.Since, out.Kept = e.Ring.Bounds()
	out.Hints = e.overall(q, want, out.Exchanges)
	out.Exchanges = out.Exchanges[max(len(out.Exchanges)-q.Last, 0):]
	return out, nil
}

// Tried tells of exchanges that were only tried.
func (e *Explainer) Tried(all []*history.Record) api.Explanations {
	e.HasHosts = e.Hosts().Len() > 0
	out := api.Explanations{Exchanges: []api.Explanation{}}
	for _, x := range all {
		out.Exchanges = append(out.Exchanges, Of(x, e.Surroundings))
	}
	return out
}

// await finds exchanges, and waits for the first one as long as is asked for.
func (e *Explainer) await(ctx context.Context, q api.ExplainQuery, want *selector) []*history.Record {
	ctx, cancel := context.WithTimeout(ctx, q.Wait)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for looked, last := q.Since, uint64(0); ; {
		if now := e.Ring.Last(); now != last {
			if found := e.Ring.Find(looked, max(q.Last, fewest), want.matches); len(found) > 0 {
				return found
			}
			looked, last = max(looked, now), now
		}
		// Not at once, also where others send all the time.
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// selector says which exchanges are somebody's.
type selector struct {
	kind     string
	host     string // the known host, if it is one
	drops    bool
	all      bool
	macs     []ident.MAC
	duids    []ident.DUID
	uuids    []ident.UUID // in either byte order
	prefixes []netip.Prefix
	names    []string
}

// selector understands what is asked for. What is a known host's is that host's as
// a whole.
func (e *Explainer) selector(q api.ExplainQuery) (*selector, error) {
	s := &selector{drops: q.Drops, all: q.Of == ""}
	if s.all {
		return s, nil
	}
	h := s.parse(e.Hosts(), strings.TrimSpace(q.Of))
	if h != nil {
		s.addHost(h)
	}
	if s.kind == "name" && h == nil {
		return s, e.unknownName(q.Of)
	}
	return s, nil
}

// parse reads a key, and gives the host that it is of, or nil.
func (s *selector) parse(hosts *host.Registry, of string) *host.Host {
	if h := hosts.ByName(of); h != nil {
		s.kind = "name"
		return h
	}
	if p, err := api.ParsePrefix(of); err == nil {
		s.kind, s.prefixes = "address", []netip.Prefix{p}
		return hosts.Owner(p)
	}
	if m, err := ident.ParseMAC(of); err == nil {
		s.kind, s.macs = "mac", []ident.MAC{m}
		found, _ := hosts.ByMAC(m)
		return found.Host
	}
	var u ident.UUID
	if strings.Count(of, "-") == 4 && u.UnmarshalText([]byte(of)) == nil {
		s.kind, s.uuids = "uuid", []ident.UUID{u, u.Swapped()}
		found, _, _ := hosts.ByUUID(u)
		return found.Host
	}
	if d, err := ident.ParseDUID(of); err == nil {
		s.kind, s.duids = "duid", []ident.DUID{d}
		found, _ := hosts.ByDUID([]byte(d))
		return found.Host
	}
	s.kind, s.names = "name", []string{of}
	return nil
}

// addHost selects everything that is a host's.
func (s *selector) addHost(h *host.Host) {
	s.host = h.Name
	s.names = append(s.names, h.Name)
	for _, u := range h.UUIDs {
		s.uuids = append(s.uuids, u, u.Swapped())
	}
	for i := range h.Interfaces {
		f := &h.Interfaces[i]
		s.macs = append(s.macs, f.MACs...)
		for _, c := range f.Clients {
			s.duids = append(s.duids, c.DUID)
		}
	}
}

// unknownName says that a text is neither a name nor anything else; a name that a
// client was given or has had will do.
func (e *Explainer) unknownName(of string) error {
	found := e.Ring.Find(0, 1, func(x *history.Record) bool { return x.Host != nil && x.Host.Name == of || x.Hostname == of })
	if len(found) > 0 {
		return nil
	}
	return &UnknownError{of}
}

// UnknownError says that what somebody asks for is neither a known name nor anything
// that a machine is called by.
type UnknownError struct{ Of string }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("host %q (which is no MAC, DUID, UUID or address either)", e.Of)
}

// matches says whether an exchange is of who is asked for.
func (s *selector) matches(x *history.Record) bool {
	if s.drops && x.Drop == "" && !x.Disk.Failed && !x.Disk.Full && !x.Disk.Late() {
		return false
	}
	if s.all {
		return true
	}
	return s.byHost(x) || s.byMAC(x) || s.byPrefix(x) || s.byMessage(x)
}

func (s *selector) byHost(x *history.Record) bool {
	return x.Host != nil && slices.Contains(s.names, x.Host.Name) || x.Hostname != "" && slices.Contains(s.names, x.Hostname)
}

func (s *selector) byMAC(x *history.Record) bool {
	if len(s.macs) == 0 {
		return false
	}
	if slices.Contains(s.macs, x.MAC) || slices.Contains(s.macs, x.FrameMAC) {
		return true
	}
	return slices.ContainsFunc(x.Evidence, func(e ident.Evidence) bool {
		return e.Kind == ident.EvidenceMAC && slices.Contains(s.macs, e.MAC)
	})
}

// byPrefix says whether the exchange is about an address, or from it.
func (s *selector) byPrefix(x *history.Record) bool {
	if len(s.prefixes) == 0 {
		return false
	}
	has := func(p netip.Prefix) bool { return p.IsValid() && slices.Contains(s.prefixes, p) }
	if has(single(x.Peer.Addr())) {
		return true
	}
	for i := range x.IAs {
		ia := &x.IAs[i]
		if has(ia.Barred.Prefix) || slices.ContainsFunc(ia.Withdrawn, has) ||
			slices.ContainsFunc(ia.Grants, func(g history.Grant) bool { return has(g.Prefix) }) ||
			slices.ContainsFunc(ia.Had, func(h history.Held) bool { return has(h.Prefix) }) {
			return true
		}
	}
	return false
}

func single(a netip.Addr) netip.Prefix {
	if !a.IsValid() {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(a.WithZone(""), a.BitLen())
}

// byMessage looks into the message of the client: its DUID, the address that it is
// from, and those that it names.
func (s *selector) byMessage(x *history.Record) bool {
	var m wire.Message
	if m.Decode(x.Datagram) != wire.OK {
		return false
	}
	if slices.Contains(s.duids, ident.DUID(m.ClientID)) {
		return true
	}
	if u, ok := ident.UUIDFromDUID(m.ClientID); ok && slices.Contains(s.uuids, u) {
		return true
	}
	from := x.Peer.Addr()
	for i := range m.Relays {
		from = m.Relays[i].PeerAddr
		if slices.Contains(s.macs, m.Relays[i].MAC()) {
			return true
		}
	}
	if slices.Contains(s.prefixes, single(from)) {
		return true
	}
	if mac, ok := ident.MACFromEUI64(from); ok && slices.Contains(s.macs, mac) {
		return true
	}
	return s.isNamed(&m)
}

// isNamed says whether the message names an address that is asked for.
func (s *selector) isNamed(m *wire.Message) bool {
	for i := range m.IAs {
		for _, h := range m.IAs[i].Hints {
			if slices.Contains(s.prefixes, h.Prefix) {
				return true
			}
		}
	}
	return false
}
