package pipeline

import (
	"net/netip"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/match"
	"github.com/stage6/stage6/internal/wire"
)

func declareRelay(f *match.Facts[*Exchange]) {
	f.Int("relays", "how many relay agents the message came through", (*Exchange).NumRelays)
	f.Addr("peer", "the address of the client, as the nearest relay or the datagram has it", clientAddr)
	f.Addr("link_address", "the link-address of the relay nearest the client that has one", linkAddress)
	f.Bytes("interface_id", "the Interface-Id of the relay nearest the client that has one", func(x *Exchange) []byte {
		return nearest(x, func(r ident.Relay) []byte { return r.InterfaceID })
	})
	f.Bytes("remote_id", "the Remote-Id, likewise, without the enterprise number", func(x *Exchange) []byte {
		return nearest(x, func(r ident.Relay) []byte { return r.RemoteID })
	})
	f.Bytes("subscriber_id", "the Subscriber-Id, likewise", func(x *Exchange) []byte {
		return nearest(x, func(r ident.Relay) []byte { return r.SubscriberID })
	})
	f.Addr("relay_address", "the address of the relay agent nearest the server, that the datagram is from, or nothing", relayAddr)
	f.Records("relay", "N", "the relay agents", -wire.MaxRelays, wire.MaxRelays-1, declareLevel, (*Exchange).NumRelays)
}

// declareLevel declares the fields of one relay agent: 0 is the one nearest the
// client, -1 the one nearest the server.
func declareLevel(f *match.Facts[*Exchange], i int) {
	f.Addr("link_address", "the link-address of the relay; `::` where it does not name the link (an LDRA)",
		ofLevel(i, func(r *wire.Relay) netip.Addr { return r.LinkAddr }))
	f.Addr("peer_address", "who the relay has the message from",
		ofLevel(i, func(r *wire.Relay) netip.Addr { return r.PeerAddr }))
	f.Int("hops", "the hop count of the relay", ofLevel(i, func(r *wire.Relay) int { return int(r.HopCount) }))
	f.Octets("mac", "the Client Link-Layer Address (option 79) of the relay", ofLevel(i, levelMAC))
	f.Bytes("interface_id", "the Interface-Id of the relay", ofLevel(i, func(r *wire.Relay) []byte { return r.InterfaceID }))
	f.Bytes("remote_id", "the Remote-Id of the relay, without the enterprise number", ofLevel(i, func(r *wire.Relay) []byte {
		_, id := r.Remote()
		return id
	}))
	f.Int("remote_enterprise", "the enterprise number of that Remote-Id, or 0", ofLevel(i, func(r *wire.Relay) int {
		enterprise, _ := r.Remote()
		return int(enterprise)
	}))
	f.Bytes("subscriber_id", "the Subscriber-Id of the relay", ofLevel(i, func(r *wire.Relay) []byte { return r.SubscriberID }))
	f.Bool("trusted", "whether the relay is among those that the configuration trusts", func(x *Exchange) bool {
		at, ok := levelAt(x, i)
		return ok && x.Relay(at).Trusted
	})
}

// ofLevel reads a field of a relay agent, which is the zero one where there is
// no such agent.
func ofLevel[V any](i int, field func(*wire.Relay) V) func(*Exchange) V {
	return func(x *Exchange) (none V) {
		if at, ok := levelAt(x, i); ok {
			return field(&x.s.Msg.Relays[x.NumRelays()-1-at])
		}
		return none
	}
}

// levelAt gives the number of a relay agent from the client on, and whether
// there is one. A negative number counts from the server.
func levelAt(x *Exchange, i int) (int, bool) {
	if i < 0 {
		i += x.NumRelays()
	}
	return i, 0 <= i && i < x.NumRelays()
}

// levelMAC gives the MAC in place, or nothing.
func levelMAC(r *wire.Relay) []byte {
	if r.MAC().IsZero() {
		return nil
	}
	return r.ClientLinkLayer[2:]
}

// relayAddr gives the sender of a relayed datagram.
func relayAddr(x *Exchange) netip.Addr {
	if x.NumRelays() == 0 {
		return netip.Addr{}
	}
	return x.s.Peer.Addr()
}

// ClientAddr gives the client's own address, as the nearest relay or the
// datagram has it.
func (x *Exchange) ClientAddr() netip.Addr { return clientAddr(x) }

func clientAddr(x *Exchange) netip.Addr {
	if n := len(x.s.Msg.Relays); n > 0 {
		return x.s.Msg.Relays[n-1].PeerAddr
	}
	return x.s.Peer.Addr().WithZone("")
}

func linkAddress(x *Exchange) netip.Addr {
	for i := range x.NumRelays() {
		if a := x.Relay(i).LinkAddress; !a.IsUnspecified() {
			return a
		}
	}
	return netip.Addr{}
}

// nearest gives what the relay nearest the client that has it says.
func nearest(x *Exchange, field func(ident.Relay) []byte) []byte {
	for i := range x.NumRelays() {
		if v := field(x.Relay(i)); v != nil {
			return v
		}
	}
	return nil
}
