package pipeline

import (
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/stage"
)

// Exchange is one client message and the reply being formed. It belongs to the
// goroutine that handles it and is reused afterwards: nothing of it, nor any
// []byte that it gave, may be kept after Handle returns.
type Exchange struct {
	s    exchange.State
	ias  []IA
	name []byte // see clientName
}

// Core gives the server's own view of the exchange. Its type is internal:
// plugins cannot make use of it.
func (x *Exchange) Core() any { return &x.s }

// Type gives the type of the client's message.
func (x *Exchange) Type() dhcpv6.MessageType { return x.s.Msg.Type }

// TransactionID gives the transaction id that the client chose.
func (x *Exchange) TransactionID() dhcpv6.TransactionID { return x.s.Msg.XID }

// ClientID gives the client's DUID as it stands in the message, or nil when it
// sent none.
func (x *Exchange) ClientID() []byte { return x.s.Msg.ClientID }

// DUID gives a copy of the client's DUID that may be kept.
func (x *Exchange) DUID() ident.DUID { return ident.DUID(x.s.Msg.ClientID) }

// Peer gives the sender of the datagram: the client, or the relay agent
// nearest the server.
func (x *Exchange) Peer() netip.AddrPort { return x.s.Peer }

// InterfaceIndex gives the kernel's index of the interface that the datagram
// came in by.
func (x *Exchange) InterfaceIndex() uint32 { return x.s.Interface }

// FrameMAC gives the source of the Ethernet frame that the datagram came in: the
// client's address if there is no relay agent, else that of another machine. It
// is zero unless a handler says NeedFrames, for datagrams from addresses that
// are not link-local, and where it is not known.
func (x *Exchange) FrameMAC() ident.MAC { return x.s.FrameMAC }

// NeighborMAC gives the link-layer address that the kernel's table of neighbours
// has for the sender of the datagram: the client's if there is no relay agent,
// else that of another machine. It is zero unless a handler says NeedNeighbors,
// for senders that are not link-local, and where it is not known.
func (x *Exchange) NeighborMAC() ident.MAC {
	if x.s.Neighbors == nil || !x.s.Peer.Addr().IsLinkLocalUnicast() {
		return ident.MAC{}
	}
	return x.s.Neighbors.MAC(x.s.Interface, x.s.Peer.Addr())
}

// SolicitNeighbor has the kernel ask the link for what NeighborMAC gives. The
// channel is what Waiter.Await gives.
func (x *Exchange) SolicitNeighbor() <-chan struct{} {
	if x.s.Neighbors == nil || !x.s.Peer.Addr().IsLinkLocalUnicast() {
		return nil
	}
	return x.s.Neighbors.Solicit(x.s.Interface, x.s.Peer.Addr())
}

// Now gives the time at which the message came in.
func (x *Exchange) Now() time.Time { return x.s.Time }

// Link gives the link that the client is on, or nil when none matches.
func (x *Exchange) Link() *link.Link { return x.s.Link }

// Host gives the known host that the client is, or nil.
func (x *Exchange) Host() *host.Host { return x.s.Host.Host }

// HostMatch gives the known host with the interface that was recognised. The
// host in it is nil when the client is unknown.
func (x *Exchange) HostMatch() host.Match { return x.s.Host }

// HostTrusted says whether a trusted source of identity says that the client is
// its host, so that it cannot have made that up. At stage final the DUID does, if
// it is known to be the one of the host's installed system.
func (x *Exchange) HostTrusted() bool {
	return x.s.HostTrusted()
}

// MAC gives the client's link-layer address as the preferred source of
// identity has it, or the zero address.
func (x *Exchange) MAC() ident.MAC { return x.s.MAC }

// Stage gives where the machine is in its boot.
func (x *Exchange) Stage() stage.Stage { return x.s.Stage }

// SetStage sets where the machine is in its boot. It is recorded with what is
// leased.
func (x *Exchange) SetStage(s stage.Stage) { x.s.Stage = s }

// RecordedStage gives the stage that is recorded with a binding which the
// message is about, or Unknown.
func (x *Exchange) RecordedStage() stage.Stage {
	for i := range x.s.Msg.IAs {
		if b := x.s.Binding(x.s.Msg.IAs[i].IA); b != nil && b.Stage != stage.Unknown {
			return b.Stage
		}
	}
	return stage.Unknown
}

// AppendRecords appends the records of the message's own identity associations
// that have one. They are as those of IA.Binding.
func (x *Exchange) AppendRecords(dst []*lease.Binding) []*lease.Binding {
	for i := range x.s.Msg.IAs {
		if b := x.s.Binding(x.s.Msg.IAs[i].IA); b != nil {
			dst = append(dst, b)
		}
	}
	return dst
}

// AppendHostRecords appends the records of all clients of the known host that the
// client is, the newest 1024 at most. They are as those of IA.Binding.
func (x *Exchange) AppendHostRecords(dst []*lease.Binding) []*lease.Binding {
	if x.s.Host.Host == nil {
		return dst
	}
	return x.s.Table.ByHostIn(&x.s.Room, dst, x.s.Host.Host.Name)
}

// Evidence gives what the sources of identity said, in the order asked.
func (x *Exchange) Evidence() []ident.Evidence { return x.s.Evidence }

// AddEvidence adds a statement about who the client is. Of several MACs the
// first one stands.
func (x *Exchange) AddEvidence(e ident.Evidence) {
	x.s.Evidence = append(x.s.Evidence, e)
	if e.Kind == ident.EvidenceMAC && x.s.MAC.IsZero() {
		x.s.MAC = e.MAC
	}
}

// Requested says whether the client's Option Request option names the code.
func (x *Exchange) Requested(code dhcpv6.OptionCode) bool { return x.s.Msg.Requested(uint16(code)) }

// RequestedCodes gives the codes in the client's Option Request option.
func (x *Exchange) RequestedCodes() []uint16 { return x.s.Msg.RequestedCodes() }

// NumUserClasses gives the number of user classes of the client (option 15).
func (x *Exchange) NumUserClasses() int { return x.s.Msg.NumUserClass() }

// UserClass gives the user class of index i.
func (x *Exchange) UserClass(i int) []byte { return x.s.Msg.UserClassAt(i) }

// NumVendorClasses gives the number of vendor classes of the client (option
// 16).
func (x *Exchange) NumVendorClasses() int { return x.s.Msg.NumVendorClass() }

// VendorClass gives the vendor class of index i.
func (x *Exchange) VendorClass(i int) []byte { return x.s.Msg.VendorClassAt(i) }

// VendorEnterprise gives the enterprise number that the vendor classes are of,
// or 0.
func (x *Exchange) VendorEnterprise() uint32 {
	n, _ := x.s.Msg.VendorEnterprise()
	return n
}

// NumArchs gives the number of architectures that the client names (option 61,
// RFC 5970 section 3.3), or where that is missing its PXE vendor class.
func (x *Exchange) NumArchs() int { return x.s.Msg.NumArch() }

// Arch gives the architecture of index i; the client likes the first one best.
func (x *Exchange) Arch(i int) Arch { return Arch(x.s.Msg.ArchAt(i)) }

// ClientOption gives the data of the first option of that code in the client's
// message, and whether there is one.
func (x *Exchange) ClientOption(code dhcpv6.OptionCode) ([]byte, bool) {
	return x.s.Msg.Options.Get(uint16(code))
}

// Message gives the client's message as a value of the library's, parsed and
// copied for the caller. It is costly, and an error where the library refuses
// what the server accepts.
func (x *Exchange) Message() (*dhcpv6.Message, error) {
	m := &dhcpv6.Message{MessageType: x.s.Msg.Type, TransactionID: x.s.Msg.XID}
	err := m.Options.FromBytes(append([]byte(nil), x.s.Msg.Options...))
	return m, err
}

// Tag puts a tag on the exchange.
func (x *Exchange) Tag(tag string) {
	if !x.s.HasTag(tag) {
		x.s.Tags = append(x.s.Tags, tag)
	}
}

// HasTag says whether the exchange carries the tag.
func (x *Exchange) HasTag(tag string) bool { return x.s.HasTag(tag) }

// Tags gives the tags in the order in which they were put on.
func (x *Exchange) Tags() []string { return x.s.Tags }

// SetFact leaves a value for the plugins after this one.
func (x *Exchange) SetFact(name string, value any) {
	for i := range x.s.Facts {
		if x.s.Facts[i].Name == name {
			x.s.Facts[i].Value = value
			return
		}
	}
	x.s.Facts = append(x.s.Facts, exchange.Fact{Name: name, Value: value})
}

// Fact gives the value that an earlier plugin left, or nil.
func (x *Exchange) Fact(name string) any {
	for i := range x.s.Facts {
		if x.s.Facts[i].Name == name {
			return x.s.Facts[i].Value
		}
	}
	return nil
}

// SetOption proposes an option for the reply. What is proposed for a host, by
// a pool, or earlier in the plugin list stands; SetOption says whether o does.
// The server sends it only if the client asked for it or the configuration
// says always.
func (x *Exchange) SetOption(o *Option) bool { return x.set(o, exchange.Plugin, false) }

// SetOptionData is SetOption for data, without code and length, that is made for
// this one exchange. It is copied. The errors are those of NewOption.
func (x *Exchange) SetOptionData(code dhcpv6.OptionCode, data []byte) (bool, error) {
	if err := checkOption(code, len(data)); err != nil {
		return false, err
	}
	start := len(x.s.Made)
	x.s.Made = wire.AppendOption(x.s.Made, uint16(code), data)
	made := Option{key: exchange.KeyOf(code, data), wire: x.s.Made[start:]}
	return x.set(&made, exchange.Plugin, false), nil
}

// ReplaceOption is SetOption, but takes the place of what earlier plugins
// proposed.
func (x *Exchange) ReplaceOption(o *Option) bool { return x.set(o, exchange.Plugin, true) }

// SetPoolOption proposes an option that goes with a pool.
func (x *Exchange) SetPoolOption(o *Option) bool { return x.set(o, exchange.Pool, false) }

// SetHostOption proposes an option that goes with the host.
func (x *Exchange) SetHostOption(o *Option) bool { return x.set(o, exchange.Host, false) }

func (x *Exchange) set(o *Option, level exchange.Level, replace bool) bool {
	return x.s.Options.Set(exchange.Option{Key: o.key, Wire: o.wire, Level: level, By: x.s.Plugin}, replace)
}

// RemoveOption takes back what is proposed for a code.
func (x *Exchange) RemoveOption(code dhcpv6.OptionCode) { x.s.Options.Remove(uint16(code), x.s.Plugin) }

// SetPreference sets the Preference of an Advertise (RFC 9915 section 21.8),
// unless it is set.
func (x *Exchange) SetPreference(p uint8) {
	if !x.s.HasPreference {
		x.s.Preference, x.s.HasPreference = p, true
	}
}

// Lifetimes are what leases are granted for, unless a host or a pool says
// otherwise. A zero duration leaves the matter open; lease.Infinity is for
// ever.
type Lifetimes struct {
	Preferred, Valid           time.Duration
	MinPreferred, MaxPreferred time.Duration // bounds for what a client asks for; zero: not asked
	MinValid, MaxValid         time.Duration
	T1, T2                     time.Duration // zero: computed (RFC 9915 section 14.2)
}

// SetLifetimes sets the lifetimes that are not set yet.
func (x *Exchange) SetLifetimes(l Lifetimes) {
	s := &x.s.Lifetimes
	for _, f := range []struct {
		to   *time.Duration
		from time.Duration
	}{
		{&s.Preferred, l.Preferred}, {&s.Valid, l.Valid},
		{&s.MinPreferred, l.MinPreferred}, {&s.MaxPreferred, l.MaxPreferred},
		{&s.MinValid, l.MinValid}, {&s.MaxValid, l.MaxValid},
		{&s.T1, l.T1}, {&s.T2, l.T2},
	} {
		if *f.to == 0 {
			*f.to = f.from
		}
	}
}

// SetHostname sets the name that the client is given where it asks for one
// (RFC 4704), unless it is set.
func (x *Exchange) SetHostname(name string) {
	if x.s.Hostname == "" {
		x.s.Hostname = name
	}
}

// SetVia has routes made to the prefixes that this exchange delegates: by way of
// the neighbour a, with its interface by name as the zone of a link-local
// address. It is recorded with what is leased.
func (x *Exchange) SetVia(a netip.Addr) { x.s.Via = a }

// NumRelays gives the number of relay agents that the message came through.
func (x *Exchange) NumRelays() int { return len(x.s.Msg.Relays) }

// Relay gives a relay agent; 0 is the one nearest the client.
func (x *Exchange) Relay(i int) ident.Relay {
	level := len(x.s.Msg.Relays) - 1 - i
	r := &x.s.Msg.Relays[level]
	out := ident.Relay{
		HopCount: r.HopCount, LinkAddress: r.LinkAddr, PeerAddress: r.PeerAddr,
		InterfaceID: r.InterfaceID, SubscriberID: r.SubscriberID,
		MAC: r.MAC(), Trusted: level < x.s.Trusted,
	}
	out.RemoteEnterprise, out.RemoteID = r.Remote()
	return out
}

// IsDryRun says that the message is only tried: a plugin that has said by
// Plugin.WithDryRun that it can be tried then changes nothing beyond the exchange,
// such as counters, the log, or what it remembers. What is asked of the exchange and
// its identity associations changes nothing by itself, nor does Events.PublishFor.
func (x *Exchange) IsDryRun() bool { return x.s.Dry != nil }

// Note leaves a remark on why the plugin does what it does, for who asks what became
// of the message: stage6 explain. It is to be a text that is there already, since
// nearly nobody ever reads it; the first 24 of an exchange are kept.
func (x *Exchange) Note(text string) { x.s.Note(nil, text) }

// Drop is what a handler returns to drop the exchange: it names the reason,
// in words joined by hyphens, for the counters and the log.
func (x *Exchange) Drop(reason string) (Action, error) {
	x.s.DropReason = reason
	return Drop, nil
}
