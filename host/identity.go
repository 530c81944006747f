package host

import (
	"github.com/stage6/stage6/ident"
)

// ByUUID gives the host with that UUID, which is in either byte order, and the
// UUID as the host has it.
func (r *Registry) ByUUID(u ident.UUID) (Match, ident.UUID, bool) {
	return r.index.Load().byUUID(u)
}

func (ix *index) byUUID(u ident.UUID) (Match, ident.UUID, bool) {
	for _, u := range [...]ident.UUID{u, u.Swapped()} {
		if e, ok := ix.uuids[u]; ok {
			return ix.now(e), u, true
		}
	}
	return Match{}, ident.UUID{}, false
}

// ByPort gives the host on that port, as ident.AppendPort writes it, and the
// port as the host has it.
func (r *Registry) ByPort(port []byte) (Match, ident.Port, bool) {
	ix := r.index.Load()
	e, ok := ix.ports[ident.Port(port)]
	return ix.now(e.Match), e.port, ok
}

// portMatch is a match with the port itself, so that a look-up by octets gives
// the name without making it.
type portMatch struct {
	Match
	port ident.Port
}

// Lists says whether any host is recognised by something of that kind.
func (r *Registry) Lists(kind ident.EvidenceKind) bool {
	ix := r.index.Load()
	switch kind {
	case ident.EvidenceMAC:
		return len(ix.macs) > 0
	case ident.EvidenceUUID:
		return len(ix.uuids) > 0
	case ident.EvidencePort:
		return len(ix.ports) > 0
	case ident.EvidenceDUID:
		return len(ix.duids) > 0
	}
	return false
}

// ByEvidence gives the host that a statement about the client names. That a
// MAC, UUID, port or DUID is of no host is not an error but nobody.
func (r *Registry) ByEvidence(e *ident.Evidence) (Match, bool) {
	switch e.Kind {
	case ident.EvidenceMAC:
		return r.ByMAC(e.MAC)
	case ident.EvidenceUUID:
		m, _, ok := r.ByUUID(e.UUID)
		return m, ok
	case ident.EvidencePort:
		ix := r.index.Load()
		m, ok := ix.ports[ident.Port(e.Value)]
		return ix.now(m.Match), ok
	case ident.EvidenceDUID:
		ix := r.index.Load()
		m, ok := ix.duids[ident.DUID(e.Value)]
		return ix.now(m), ok
	case ident.EvidenceHost:
		return r.byName(e.Value)
	}
	return Match{}, false
}

// byName gives the host of a name, under its first interface.
func (r *Registry) byName(name string) (m Match, ok bool) {
	if m.Host = r.ByName(name); m.Host == nil {
		return m, false
	}
	if len(m.Host.Interfaces) > 0 {
		m.Interface = &m.Host.Interfaces[0]
	}
	return m, true
}

// addUUIDs enters the UUIDs of a host under its first interface: they do not
// say which one a client is on.
func (ix *index) addUUIDs(h *Host) error {
	m := Match{Host: h}
	if len(h.Interfaces) > 0 {
		m.Interface = &h.Interfaces[0]
	}
	for _, u := range h.UUIDs {
		if o, is := ix.uuids[u.Swapped()]; is {
			return taken(h, "UUID", u, o.Host)
		}
		if err := claim(ix.uuids, u, m, h, Match.owner, "UUID"); err != nil {
			return err
		}
	}
	return nil
}

// checkUUIDs says which UUID of h is another host's DUID, or nil.
func (ix *index) checkUUIDs(h *Host) error {
	for _, u := range h.UUIDs {
		for _, v := range [...]ident.UUID{u, u.Swapped()} {
			if o, is := ix.duids[v.DUID()]; is {
				return taken(h, "UUID", u, o.Host)
			}
		}
	}
	return nil
}

func (ix *index) addPorts(m Match, f *Interface) error {
	for _, p := range f.Ports {
		if err := claim(ix.ports, p, portMatch{m, p}, m.Host, portMatch.owner, "port"); err != nil {
			return err
		}
	}
	return nil
}
