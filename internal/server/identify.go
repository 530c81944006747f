package server

import (
	"context"
	"net/netip"
	"slices"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/pipeline"
)

// identifier is a step that configures how clients are identified.
type identifier struct {
	step *Step
	pipeline.Identifier
}

// identify asks the sources of identity and finds the host. It gives what the
// exchange waits for, where a source may block, or the reason to drop it, or
// nothing.
func (w *Worker) identify(ctx context.Context, g *Generation) (wait *Wait, reason string) {
	s := w.s
	s.Trusted = g.trustedLevels(s)
	g.addPin(&w.x)
	if wait, reason = w.askSources(ctx, g); wait == nil && reason == "" && !w.lost {
		w.knownBy = g.recognise(s)
	}
	return wait, reason
}

// askSources has the sources of identity say what they know.
func (w *Worker) askSources(ctx context.Context, g *Generation) (wait *Wait, reason string) {
	var p *Step
	defer contain(&p, &reason)
	for i := range g.identifiers {
		p = g.identifiers[i].step
		if !w.enter(p) {
			return nil, ""
		}
		if !p.calls.block.Load() {
			w.identifyBy(&g.identifiers[i])
			continue
		}
		if v := w.runBlocking(ctx, p); v.wait != nil || v.reason != "" {
			return v.wait, v.reason
		}
	}
	return nil, ""
}

// recognise finds the host that the client is, and gives who says so.
func (g *Generation) recognise(s *exchange.State) (source string) {
	var by *ident.Evidence
	s.Host, by = g.findHost(s)
	if by != nil {
		s.HostBy = by.Source
	}
	s.Vouched = by != nil && by.Trusted || g.isVouched(s, func(e *ident.Evidence) bool { return e.Trusted })
	s.System = g.isVouched(s, func(e *ident.Evidence) bool { return e.System })
	switch {
	case s.Host.Host == nil:
		return byNobody
	case by == nil:
		return byHostsDUID
	}
	return by.Source
}

// pinned is the source of what the server was told of a DUID while it runs.
const pinned = "pinned"

// addPin adds as evidence that the client's DUID was pinned to a host.
func (g *Generation) addPin(x *pipeline.Exchange) {
	if m, ok := g.hosts.ByPin(x.ClientID()); ok {
		x.AddEvidence(ident.Evidence{Kind: ident.EvidenceHost, Value: m.Host.Name, Source: pinned, System: true})
	}
}

// trustedLevels counts the relay levels, from the outermost inwards, that a
// client cannot have made up: those whose sender is in relays, or which are such
// an LDRA's, or, where none are configured, the outermost of what was sent to a
// unicast address.
func (g *Generation) trustedLevels(s *exchange.State) int {
	relays := s.Msg.Relays
	if len(relays) == 0 {
		return 0
	}
	if g.settings.TrustedRelays == nil {
		if s.Dst.IsMulticast() {
			return 0
		}
		return 1
	}
	sender := s.Peer.Addr().WithZone("")
	for i := range relays {
		if !contains(g.settings.TrustedRelays, sender) && !g.isTrustedLDRA(s, i) {
			return i
		}
		sender = relays[i].PeerAddr
	}
	return len(relays)
}

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// findHost looks for the host by what says most about the client: DUID and
// IAID, DUID, then what the sources of identity say, in the order of preference.
// Of several MACs the first is the client's. It gives the evidence, too, or nil
// where the DUID says it.
func (g *Generation) findHost(s *exchange.State) (host.Match, *ident.Evidence) {
	if m, ok := g.byDUID(s); ok {
		return m, nil
	}
	for i := range s.Evidence {
		e := &s.Evidence[i]
		if e.Kind == ident.EvidenceMAC && e.MAC != s.MAC {
			continue
		}
		if m, ok := g.hosts.ByEvidence(e); ok && !g.isRefuted(s, e, m.Host) {
			return m, e
		}
	}
	return host.Match{}, nil
}

func (g *Generation) byDUID(s *exchange.State) (host.Match, bool) {
	duid := s.Msg.ClientID
	if duid == nil {
		return host.Match{}, false
	}
	for i := range s.Msg.IAs {
		if m, ok := g.hosts.ByClient(duid, s.Msg.IAs[i].ID); ok {
			return m, true
		}
	}
	return g.hosts.ByDUID(duid)
}

// isRefuted says whether what the server remembers of a DUID, which anybody can
// send, cannot be right: the client is another host, or has none of the host's
// MACs, as a trusted source says.
func (g *Generation) isRefuted(s *exchange.State, remembered *ident.Evidence, h *host.Host) bool {
	return remembered.Kind == ident.EvidenceHost && g.isAnother(s, h)
}

func listsMACs(h *host.Host) bool {
	return slices.ContainsFunc(h.Interfaces, func(f host.Interface) bool { return len(f.MACs) > 0 })
}

// isVouched says whether evidence that counts says that the client is the host
// that was found.
func (g *Generation) isVouched(s *exchange.State, counts func(*ident.Evidence) bool) bool {
	if s.Host.Host == nil {
		return false
	}
	for i := range s.Evidence {
		e := &s.Evidence[i]
		if !counts(e) {
			continue
		}
		if m, ok := g.hosts.ByEvidence(e); ok && m.Host.Name == s.Host.Host.Name && !g.isRefuted(s, e, m.Host) {
			return true
		}
	}
	return false
}
