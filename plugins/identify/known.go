package identify

import (
	"net/netip"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline"
)

// The sources that know hosts by something else than a MAC.
const (
	uuidSource = "uuid"
	portSource = "port"
)

// fromUUID takes the UUID of a DUID-UUID if it is a host's. One machine has two
// such DUIDs: EDK2 writes the UUID as the SMBIOS table has it, iPXE in network
// order. Any client can send any of them.
func fromUUID(hosts *host.Registry, trusted bool) func(*pipeline.Exchange) (ident.Evidence, bool) {
	return func(x *pipeline.Exchange) (ident.Evidence, bool) {
		u, ok := ident.UUIDFromDUID(x.ClientID())
		if !ok {
			return ident.Evidence{}, false
		}
		_, u, ok = hosts.ByUUID(u)
		return ident.Evidence{Kind: ident.EvidenceUUID, UUID: u, Trusted: trusted}, ok
	}
}

// maxPortText is enough for a port that is written in hexadecimal, with its
// enterprise number and link-address.
const maxPortText = 2*ident.MaxPortLen + 80

// fromPort takes the port that a trusted relay agent names if it is a host's.
// As with a MAC only the first relay agent on the client's way knows, and LDRAs
// before it: what is further out names the port of another relay agent.
func fromPort(hosts *host.Registry) func(*pipeline.Exchange) (ident.Evidence, bool) {
	return func(x *pipeline.Exchange) (ident.Evidence, bool) {
		if x.NumRelays() == 0 || !hosts.Lists(ident.EvidencePort) {
			return ident.Evidence{}, false
		}
		link := firstLink(x)
		for i := range x.NumRelays() {
			r := x.Relay(i)
			if r.Trusted {
				if p, ok := portOf(hosts, &r, link); ok {
					return ident.Evidence{Kind: ident.EvidencePort, Value: string(p), Trusted: true}, true
				}
			}
			if !r.LinkAddress.IsUnspecified() {
				break
			}
		}
		return ident.Evidence{}, false
	}
}

// firstLink gives the link-address nearest the client, or none.
func firstLink(x *pipeline.Exchange) netip.Addr {
	for i := range x.NumRelays() {
		if a := x.Relay(i).LinkAddress; !a.IsUnspecified() {
			return a
		}
	}
	return netip.Addr{}
}

// portOf gives the port of a host that the relay agent names, by the option
// that says most.
func portOf(hosts *host.Registry, r *ident.Relay, link netip.Addr) (ident.Port, bool) {
	for _, o := range [...]struct {
		option ident.PortOption
		id     []byte
	}{
		{ident.PortSubscriberID, r.SubscriberID}, {ident.PortRemoteID, r.RemoteID}, {ident.PortInterfaceID, r.InterfaceID},
	} {
		if len(o.id) == 0 || len(o.id) > ident.MaxPortLen {
			continue
		}
		var space [maxPortText]byte
		for _, on := range [...]netip.Addr{link, {}} {
			if _, p, ok := hosts.ByPort(ident.AppendPort(space[:0], o.option, r.RemoteEnterprise, o.id, on)); ok {
				return p, true
			}
		}
	}
	return "", false
}
