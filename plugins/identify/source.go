package identify

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// source is one source of identity. find must not allocate. await, which may be
// nil, is that of a pipeline.Waiter.
type source struct {
	name  string
	find  func(x *pipeline.Exchange) (ident.Evidence, bool)
	needs []pipeline.Need
	await func(x *pipeline.Exchange) <-chan struct{}
}

// sources lists the sources without settings that are asked in their order.
func sources(hosts *host.Registry) []source {
	return []source{
		{name: "relay", find: fromRelay},
		{name: "frame", find: fromFrame, needs: []pipeline.Need{pipeline.NeedFrames}},
		neighbor(),
		{name: portSource, find: fromPort(hosts)},
		{name: "eui64", find: fromEUI64},
		{name: "duid", find: fromDUID},
	}
}

// add adds the source of an entry.
func (h *handler) add(e entry, env pipeline.Env) error {
	switch e.name {
	case iaidSource:
		h.iaid = true
		return e.noSettings()
	case uuidSource:
		trusted, err := e.trusted()
		h.sources = append(h.sources, source{name: uuidSource, find: fromUUID(env.Hosts, trusted)})
		return err
	case learnedSource:
		trusted, err := e.trusted()
		h.sources = append(h.sources, source{name: learnedSource, find: fromLearned(trusted)})
		return err
	}
	for _, s := range sources(env.Hosts) {
		if s.name == e.name {
			h.sources = append(h.sources, s)
			return e.noSettings()
		}
	}
	return h.addOther(e, env)
}

// addOther adds a source that is compiled in beside ours.
func (h *handler) addOther(e entry, env pipeline.Env) error {
	for _, p := range env.Sources {
		if p.Name() != e.name {
			continue
		}
		made, err := p.NewSource(e.decode, env)
		if err != nil {
			return e.at.Wrap(err)
		}
		s := source{name: e.name, find: made.Find}
		if n, ok := made.(pipeline.Needer); ok {
			s.needs = n.Needs()
		}
		if w, ok := made.(pipeline.Waiter); ok {
			s.await = w.Await
		}
		h.sources, h.others = append(h.sources, s), true
		h.adopt(made)
		return nil
	}
	return e.at.Wrap(strict.Unknown("source", e.name, known(env)))
}

// ours names the sources of this plugin.
func ours() (names []string) {
	for _, s := range sources(nil) {
		names = append(names, s.name)
	}
	return append(names, uuidSource, learnedSource, iaidSource)
}

// checkNames says which source that is compiled in has the name of one of ours,
// or nil.
func checkNames(env pipeline.Env) error {
	for _, p := range env.Sources {
		if slices.Contains(ours(), p.Name()) {
			return fmt.Errorf("a source is compiled in that is named %s, as one of identify's own is", p.Name())
		}
	}
	return nil
}

// known names the sources that there are.
func known(env pipeline.Env) []string {
	names := ours()
	for _, p := range env.Sources {
		names = append(names, p.Name())
	}
	return names
}

// mac makes evidence of a MAC, if there is one.
func mac(m ident.MAC, trusted bool) (ident.Evidence, bool) {
	return ident.Evidence{Kind: ident.EvidenceMAC, MAC: m, Trusted: trusted}, !m.IsZero()
}

// fromRelay takes the Client Link-Layer Address (RFC 6939) of the trusted relay
// agent nearest the client. Only the first relay agent on the way sees the
// client's frame; some add the option to what another one relayed, and then it
// names that one. An LDRA, which has no link-address (RFC 6221), forwards in
// the client's name and does not count.
func fromRelay(x *pipeline.Exchange) (ident.Evidence, bool) {
	for i := range x.NumRelays() {
		r := x.Relay(i)
		if r.Trusted && !r.MAC.IsZero() {
			return mac(r.MAC, true)
		}
		if !r.LinkAddress.IsUnspecified() {
			break
		}
	}
	return ident.Evidence{}, false
}

// fromFrame takes the source of the Ethernet frame of a client that is on the
// link itself. That of a relayed message is the relay agent's.
func fromFrame(x *pipeline.Exchange) (ident.Evidence, bool) {
	if x.NumRelays() > 0 || !x.Peer().Addr().IsLinkLocalUnicast() {
		return ident.Evidence{}, false
	}
	return mac(x.FrameMAC(), true)
}

// fromEUI64 takes the MAC that the client's link-local address was formed from
// (RFC 4291 appendix A). A client can take any address.
func fromEUI64(x *pipeline.Exchange) (ident.Evidence, bool) {
	a := x.ClientAddr()
	if !a.IsLinkLocalUnicast() {
		return ident.Evidence{}, false
	}
	m, _ := ident.MACFromEUI64(a)
	return mac(m, false)
}

// fromDUID takes the MAC inside a DUID-LLT or DUID-LL of an Ethernet card (RFC
// 9915 sections 11.2 and 11.4), which a client may keep when the card has gone.
func fromDUID(x *pipeline.Exchange) (ident.Evidence, bool) {
	id := x.ClientID()
	if len(id) < 4 || binary.BigEndian.Uint16(id[2:]) != uint16(iana.HWTypeEthernet) {
		return ident.Evidence{}, false
	}
	at := len(id)
	switch dhcpv6.DUIDType(binary.BigEndian.Uint16(id)) {
	case dhcpv6.DUID_LLT:
		at = 8
	case dhcpv6.DUID_LL:
		at = 4
	}
	m, _ := ident.MACFromBytes(id[min(at, len(id)):])
	return mac(m, false)
}
