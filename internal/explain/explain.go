// Package explain tells what became of messages, and why: it makes of the raw facts
// that internal/history keeps what people and programs can read, with hints that name
// the cause of what went wrong.
package explain

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/stage"
)

// Surroundings is what an explanation is made in.
type Surroundings struct {
	// Interface gives the name of an interface of an index, or nothing.
	Interface func(index uint32) string
	// Advice says what the router advertisements of a link lack, or nothing.
	Advice func(link string) string
	// Now gives the time, in the zone in which texts give times; nil: that of the machine.
	Now func() time.Time
	// HasHosts says that machines are known, so that one that is not is worth a hint.
	HasHosts bool
	// LinkNames names the links of this machine's interfaces that are served.
	LinkNames func() []string
	// Hide writes over the secrets in a datagram; nil: there are none.
	Hide func(datagram []byte)
}

// clock gives a time of today as people read it from a clock, others with the date.
func (s *Surroundings) clock(at time.Time) string {
	now := time.Now()
	if s.Now != nil {
		now = s.Now()
	}
	at = at.In(now.Location())
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04")
	}
	return at.Format("2006-01-02 15:04")
}

// harmless gives a record without secrets.
func (s *Surroundings) harmless(x *history.Record) *history.Record {
	if s.Hide == nil {
		return x
	}
	other := *x
	other.Datagram, other.Reply = bytes.Clone(x.Datagram), bytes.Clone(x.Reply)
	s.Hide(other.Datagram)
	s.Hide(other.Reply)
	return &other
}

// telling is one record on its way to an explanation.
type telling struct {
	Surroundings
	x   *history.Record
	m   wire.Message // of the client; empty where it cannot be read
	out api.Explanation
	// reply is the options of the message for the client.
	reply wire.Options
}

// Of explains one exchange.
func Of(x *history.Record, s Surroundings) api.Explanation {
	x = s.harmless(x)
	t := &telling{Surroundings: s, x: x}
	t.out = api.Explanation{
		Seq: x.Seq, Time: x.Time, Dry: x.Dry, Datagram: x.Datagram, Answer: x.Reply,
		Drop: t.drop(), Timing: timing(x),
		Stage: api.ExplainedStage{Stage: stage.Unknown.String()},
	}
	if t.out.Drop != "" {
		t.out.DropText, t.out.DroppedBy = dropText(t.out.Drop), t.droppedBy()
	}
	t.way()
	if t.m.Decode(x.Datagram) == wire.OK || x.Decoded {
		t.message()
	} else {
		t.out.Client.Program = "something that cannot be read"
	}
	t.out.Hints = t.hints()
	t.out.Summary = t.summary()
	return t.out
}

// message explains what could be read.
func (t *telling) message() {
	t.out.Message = messageName(t.m.Type)
	t.out.TransactionID = hex.EncodeToString(t.m.XID[:])
	t.client()
	t.out.Way.Relays = t.relays()
	if !t.x.Decoded {
		return
	}
	t.out.Reply = t.readReply()
	if t.x.Trace.Phases[exchange.Begun+1] == 0 && t.x.Drop != "" && t.x.Plugin == "" {
		return // it was dropped before anybody looked at who it is
	}
	t.link()
	t.identity()
	t.host()
	t.stageAndTags()
	t.steps()
	t.ias()
	t.options()
	for _, s := range t.m.Skipped {
		t.out.Skipped = append(t.out.Skipped, fmt.Sprintf("option %d is malformed, obsolete or stands twice, and was not used", s.Code))
	}
}

// messageName gives the name of a type in lower case, with hyphens.
func messageName(m dhcpv6.MessageType) string {
	switch m {
	case dhcpv6.MessageTypeSolicit:
		return "solicit"
	case dhcpv6.MessageTypeAdvertise:
		return "advertise"
	case dhcpv6.MessageTypeRequest:
		return "request"
	case dhcpv6.MessageTypeConfirm:
		return "confirm"
	case dhcpv6.MessageTypeRenew:
		return "renew"
	case dhcpv6.MessageTypeRebind:
		return "rebind"
	case dhcpv6.MessageTypeReply:
		return "reply"
	case dhcpv6.MessageTypeRelease:
		return "release"
	case dhcpv6.MessageTypeDecline:
		return "decline"
	case dhcpv6.MessageTypeInformationRequest:
		return "information-request"
	}
	return fmt.Sprintf("type-%d", uint8(m))
}

// readReply finds the message for the client in the reply, and gives its type.
func (t *telling) readReply() string {
	b := t.x.Reply
	for len(b) >= 34 && b[0] == byte(dhcpv6.MessageTypeRelayReply) {
		b, _ = wire.Options(b[34:]).Get(uint16(dhcpv6.OptionRelayMsg))
	}
	if len(b) < 4 {
		return ""
	}
	t.reply = wire.Options(b[4:])
	return messageName(dhcpv6.MessageType(b[0]))
}

// client says what the client says of itself.
func (t *telling) client() {
	c := &t.out.Client
	c.DUID, c.MAC, c.Program = ident.DUID(t.m.ClientID), t.x.MAC, program(&t.m)
	for i := range t.m.NumArch() {
		c.Archs = append(c.Archs, archText(t.m.ArchAt(i)))
	}
	for i := range t.m.NumUserClass() {
		c.UserClasses = append(c.UserClasses, printable(t.m.UserClassAt(i)))
	}
	for i := range t.m.NumVendorClass() {
		c.VendorClasses = append(c.VendorClasses, printable(t.m.VendorClassAt(i)))
	}
	c.Requests = t.m.RequestedCodes()
	if t.m.HasElapsed && t.m.Elapsed > 0 {
		c.Elapsed = fmt.Sprintf("%.1f s", float64(t.m.Elapsed)/100)
		if t.m.Elapsed == 0xffff {
			c.Elapsed = "more than 655 s"
		}
	}
}

// way says how the datagram came and where the reply went.
func (t *telling) way() {
	x := t.x
	w := &t.out.Way
	w.From, w.To, w.FrameMAC, w.Waited = x.Peer, x.Dst, x.FrameMAC, x.Waited && !x.Dry
	if t.Interface != nil {
		w.Interface = t.Interface(x.Interface)
	}
	if len(x.Reply) > 0 {
		w.ReplyTo = x.To
	}
}

// relays tells of the relay agents, the one nearest the client first.
func (t *telling) relays() (out []api.ExplainedRelay) {
	for i := len(t.m.Relays) - 1; i >= 0; i-- {
		r := &t.m.Relays[i]
		out = append(out, api.ExplainedRelay{
			Address: t.relayAddress(i), LinkAddress: r.LinkAddr, PeerAddress: r.PeerAddr,
			InterfaceID: printable(r.InterfaceID), RemoteID: printable(remote(r)), MAC: r.MAC(), Trusted: i < t.x.Trusted,
		})
	}
	return out
}

func remote(r *wire.Relay) []byte {
	_, id := r.Remote()
	return id
}

// relayAddress gives the address of the relay agent of a level, as the next one saw
// it.
func (t *telling) relayAddress(level int) netip.Addr {
	if level == 0 {
		return t.x.Peer.Addr()
	}
	return t.m.Relays[level-1].PeerAddr
}

// clientAddr gives the client's own address, as the first who saw it says.
func (t *telling) clientAddr() netip.Addr {
	if n := len(t.m.Relays); n > 0 {
		return t.m.Relays[n-1].PeerAddr
	}
	return t.x.Peer.Addr()
}

// printable gives octets as text where they are such, else in hexadecimal.
func printable(b []byte) string {
	for _, c := range b {
		if c < 0x20 || c > 0x7e {
			return "0x" + hex.EncodeToString(b)
		}
	}
	return string(b)
}

// timing gives how long the parts took.
func timing(x *history.Record) (out api.ExplainedTiming) {
	p := x.Trace.Phases
	var last int64
	for i, to := range []*int64{nil, &out.Identify, &out.Plugins, &out.Form} {
		if to == nil || p[i] == 0 {
			continue
		}
		*to = int64(p[i]) - last
		last = int64(p[i])
	}
	d := &x.Disk
	switch {
	case d.Failed:
		out.DiskEnd = "failed"
	case d.Full:
		out.DiskEnd = "full"
	case d.Done:
		out.DiskEnd = "done"
	case d.Waited && !x.Dry:
		out.DiskEnd = "waiting"
	}
	out.Disk = int64(d.After)
	return out
}
