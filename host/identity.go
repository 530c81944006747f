package host

import (
	"hash/maphash"

	"github.com/stage6/stage6/ident"
)

// ByUUID gives the host with that UUID, which is in either byte order, and the
// UUID as the host has it.
func (r *Registry) ByUUID(u ident.UUID) (Match, ident.UUID, bool) {
	return r.index.Load().byUUID(u)
}

func (ix *index) byUUID(u ident.UUID) (Match, ident.UUID, bool) {
	u, ok, f := ix.findUUID(u)
	return f.now(), u, ok
}

// findUUID finds by a UUID in either byte order, and gives it as the host has
// it.
func (ix *index) findUUID(u ident.UUID) (ident.UUID, bool, found) {
	for _, u := range [...]ident.UUID{u, u.Swapped()} {
		if f, ok := ix.uuids.get(u); ok {
			return u, true, f
		}
	}
	return ident.UUID{}, false, found{}
}

// ByPort gives the host on that port, as ident.AppendPort writes it, and the
// port as the host has it.
func (r *Registry) ByPort(port []byte) (Match, ident.Port, bool) {
	s := r.index.Load().ports
	f, ok := s.at(maphash.Bytes(s.seed, port))[ident.Port(port)]
	return f.now(), f.port, ok
}

// Lists says whether any host is recognised by something of that kind.
func (r *Registry) Lists(kind ident.EvidenceKind) bool {
	ix := r.index.Load()
	switch kind {
	case ident.EvidenceMAC:
		return ix.macs.len() > 0
	case ident.EvidenceUUID:
		return ix.uuids.len() > 0
	case ident.EvidencePort:
		return ix.ports.len() > 0
	case ident.EvidenceDUID:
		return ix.duids.len() > 0
	}
	return false
}

// ByEvidence gives the host that a statement about the client names. That a
// MAC, UUID, port or DUID is of no host is not an error but nobody.
func (r *Registry) ByEvidence(e *ident.Evidence) (Match, bool) {
	ix := r.index.Load()
	switch e.Kind {
	case ident.EvidenceMAC:
		return r.ByMAC(e.MAC)
	case ident.EvidenceUUID:
		m, _, ok := ix.byUUID(e.UUID)
		return m, ok
	case ident.EvidencePort:
		f, ok := ix.ports.get(ident.Port(e.Value))
		return f.now(), ok
	case ident.EvidenceDUID:
		f, ok := ix.duids.get(ident.DUID(e.Value))
		return f.now(), ok
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
