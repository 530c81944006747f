package integ

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/netlab"
)

// wire is what passes on the client's link. It is the second witness, beside the
// client itself, of what the server gave.
type wire struct {
	t       *testing.T
	capture *netlab.Capture
}

// newWire watches a link from now on.
func newWire(t *testing.T, ns *netlab.Namespace, link string) *wire {
	t.Helper()
	capture, err := ns.Capture(link, netlab.BothWays)
	check(t, err)
	t.Cleanup(func() { capture.Close() })
	w := &wire{t: t, capture: capture}
	t.Cleanup(w.show)
	return w
}

// show tells what passed, when the test failed.
func (w *wire) show() {
	if !w.t.Failed() {
		return
	}
	for _, packet := range w.capture.Packets() {
		if !isDHCPv6(packet) {
			continue
		}
		if message, err := dhcpv6.FromBytes(packet.Payload); err == nil {
			w.t.Logf("%s from %v: %s", packet.Time.Format("05.000"), packet.Source, message.Summary())
		}
	}
}

// isDHCPv6 says whether a packet has a port of DHCPv6 on either side; firmware
// sends others, too.
func isDHCPv6(packet netlab.Packet) bool {
	for _, port := range []uint16{packet.Source.Port(), packet.Destination.Port()} {
		if port == dhcpv6.DefaultServerPort || port == dhcpv6.DefaultClientPort {
			return true
		}
	}
	return false
}

// mark is a moment in what passes.
func (w *wire) mark() int { return len(w.capture.Packets()) }

// exchanged is a message of the client and its answer.
type exchanged struct{ question, answer *dhcpv6.Message }

// await waits until accept says yes to one of the exchanges after a mark, which
// are given to it one by one.
func (w *wire) await(ctx context.Context, from int, accept func(exchanged) bool) {
	w.t.Helper()
	var asked []*dhcpv6.Message
	_, _, err := w.capture.Wait(ctx, from, func(packet netlab.Packet) bool {
		message := parseMessage(packet)
		if message == nil {
			return false
		}
		if packet.Destination.Port() == dhcpv6.DefaultServerPort {
			asked = append(asked, message)
			return false
		}
		question := questionOf(asked, message)
		return question != nil && accept(exchanged{question, message})
	})
	check(w.t, err)
}

// questionOf finds the latest message that an answer can belong to. Dibbler may
// have two on their way with one transaction ID; those differ in their type.
func questionOf(asked []*dhcpv6.Message, answer *dhcpv6.Message) *dhcpv6.Message {
	for _, question := range slices.Backward(asked) {
		sameKind := (question.MessageType == dhcpv6.MessageTypeSolicit) == (answer.MessageType == dhcpv6.MessageTypeAdvertise)
		rapid := question.MessageType == dhcpv6.MessageTypeSolicit && answer.Options.GetOne(dhcpv6.OptionRapidCommit) != nil
		if question.TransactionID == answer.TransactionID && (sameKind || rapid) {
			return question
		}
	}
	return nil
}

func parseMessage(packet netlab.Packet) *dhcpv6.Message {
	message, err := dhcpv6.MessageFromBytes(packet.Payload)
	if err != nil {
		return nil
	}
	return message
}

// firstFromClient waits for the first message that the client sends after a mark.
func (w *wire) firstFromClient(ctx context.Context, from int) *dhcpv6.Message {
	w.t.Helper()
	packet, _, err := w.capture.Wait(ctx, from, func(packet netlab.Packet) bool {
		return packet.Destination.Port() == dhcpv6.DefaultServerPort && parseMessage(packet) != nil
	})
	check(w.t, err)
	return parseMessage(packet)
}

// grant waits until the server has given all that a client asks for, in one
// Reply or in several, after a mark.
func (w *wire) grant(ctx context.Context, from int, p profile) grant {
	w.t.Helper()
	var got grant
	w.await(ctx, from, func(x exchanged) bool {
		if x.answer.MessageType != dhcpv6.MessageTypeReply || !grants(x.question) {
			return false
		}
		w.add(&got, x.answer)
		return got.holds(p)
	})
	return got
}

// grants says whether the answer to a message tells the client what it has.
func grants(question *dhcpv6.Message) bool {
	switch question.MessageType {
	case dhcpv6.MessageTypeConfirm, dhcpv6.MessageTypeRelease, dhcpv6.MessageTypeDecline:
		return false
	}
	return true
}

// add takes over what a Reply gives.
func (w *wire) add(g *grant, reply *dhcpv6.Message) {
	w.t.Helper()
	for _, ia := range reply.Options.IANA() {
		w.wantSuccess(ia.Options.Status())
		g.NA, g.Addresses = timers{ia.T1, ia.T2}, nil
		for _, a := range ia.Options.Addresses() {
			g.Addresses = append(g.Addresses, granted{prefix(w.t, a.IPv6Addr.String(), "128"), a.PreferredLifetime, a.ValidLifetime})
		}
	}
	for _, ia := range reply.Options.IAPD() {
		w.wantSuccess(ia.Options.Status())
		g.PD, g.Prefixes = timers{ia.T1, ia.T2}, nil
		for _, p := range ia.Options.Prefixes() {
			addr, _ := netip.AddrFromSlice(p.Prefix.IP)
			bits, _ := p.Prefix.Mask.Size()
			g.Prefixes = append(g.Prefixes, granted{netip.PrefixFrom(addr, bits), p.PreferredLifetime, p.ValidLifetime})
		}
	}
	w.addOptions(g, reply)
}

func (w *wire) wantSuccess(status *dhcpv6.OptStatusCode) {
	w.t.Helper()
	if status != nil && status.StatusCode != 0 {
		w.t.Errorf("the server refused: %v", status)
	}
}

func (w *wire) addOptions(g *grant, reply *dhcpv6.Message) {
	w.t.Helper()
	g.DNS, g.Search, g.NTP = nil, nil, nil
	for _, server := range reply.Options.DNS() {
		g.DNS = append(g.DNS, server.String())
	}
	if list := reply.Options.DomainSearchList(); list != nil {
		g.Search = list.Labels
	}
	if option := reply.Options.GetOne(dhcpv6.OptionNTPServer); option != nil {
		g.NTP = ntpServers(w.t, option.ToBytes())
	} else if option := reply.Options.GetOne(dhcpv6.OptionSNTPServerList); option != nil {
		g.NTP = sntpServers(option.ToBytes())
	}
}

// wantLawful looks at every answer so far for what the RFC wants of each: the
// client's and the server's identifiers (RFC 9915 section 18.3), and of the
// options those that were asked for (section 21.7).
func (w *wire) wantLawful() {
	w.t.Helper()
	var asked []*dhcpv6.Message
	var server []byte
	for _, packet := range w.capture.Packets() {
		message := parseMessage(packet)
		if message == nil {
			continue
		}
		if packet.Destination.Port() == dhcpv6.DefaultServerPort {
			asked = append(asked, message)
			continue
		}
		question := questionOf(asked, message)
		if question == nil {
			w.t.Errorf("a %v to nothing that was asked: %v", message.MessageType, message.Summary())
			continue
		}
		if server == nil {
			server = message.Options.ServerID().ToBytes()
		}
		w.wantIdentifiers(question, message, server)
		w.wantCodes(question, message)
	}
}

func (w *wire) wantIdentifiers(question, answer *dhcpv6.Message, server []byte) {
	w.t.Helper()
	id := func(m *dhcpv6.Message, code dhcpv6.OptionCode) []byte {
		if option := m.GetOneOption(code); option != nil {
			return option.ToBytes()
		}
		return nil
	}
	want, got := id(question, dhcpv6.OptionClientID), id(answer, dhcpv6.OptionClientID)
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("client identifier of the answer to %v (-want +got):\n%s", question.MessageType, diff)
	}
	if diff := cmp.Diff(server, id(answer, dhcpv6.OptionServerID)); diff != "" {
		w.t.Errorf("server identifier of the answer to %v (-want +got):\n%s", question.MessageType, diff)
	}
}

// wantCodes looks whether an answer has the options that it should have, and no
// others.
func (w *wire) wantCodes(question, answer *dhcpv6.Message) {
	w.t.Helper()
	want := []dhcpv6.OptionCode{dhcpv6.OptionClientID, dhcpv6.OptionServerID}
	switch question.MessageType {
	case dhcpv6.MessageTypeConfirm, dhcpv6.MessageTypeRelease:
		want = append(want, dhcpv6.OptionStatusCode)
	default:
		want = append(want, requested(question)...)
	}
	var got []dhcpv6.OptionCode
	for _, option := range answer.Options.Options {
		switch code := option.Code(); {
		case code == dhcpv6.OptionRapidCommit && answer.MessageType == dhcpv6.MessageTypeReply:
		case code == dhcpv6.OptionIANA && question.MessageType == dhcpv6.MessageTypeRelease:
		case code == dhcpv6.OptionIAPD && question.MessageType == dhcpv6.MessageTypeRelease:
		default:
			got = append(got, code)
		}
	}
	byCode := cmpopts.SortSlices(func(a, b dhcpv6.OptionCode) bool { return a < b })
	if diff := cmp.Diff(want, got, byCode); diff != "" {
		w.t.Errorf("options of the %v to a %v (-want +got):\n%s", answer.MessageType, question.MessageType, diff)
	}
}

// requested lists what of the test's configuration a message asks for.
func requested(question *dhcpv6.Message) []dhcpv6.OptionCode {
	var codes []dhcpv6.OptionCode
	for _, option := range question.Options.Options {
		if code := option.Code(); code == dhcpv6.OptionIANA || code == dhcpv6.OptionIAPD {
			codes = append(codes, code)
		}
	}
	for _, code := range question.Options.RequestedOptions() {
		if slices.Contains(configured, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

// configured are the options that the test's configuration has. Option 31 comes
// of "ntp" for old clients.
var configured = []dhcpv6.OptionCode{
	dhcpv6.OptionDNSRecursiveNameServer,
	dhcpv6.OptionDomainSearchList,
	dhcpv6.OptionSNTPServerList,
	dhcpv6.OptionNTPServer,
	dhcpv6.OptionSolMaxRT,
}

// sntpServers reads the data of option 31 (RFC 4075).
func sntpServers(raw []byte) []string {
	var servers []string
	for chunk := range slices.Chunk(raw, 16) {
		addr, _ := netip.AddrFromSlice(chunk)
		servers = append(servers, addr.String())
	}
	return servers
}

// released waits for the answers to a client's Release messages, until those
// have named every lease, and looks whether they say Success.
func (w *wire) released(ctx context.Context, from int, p profile) {
	w.t.Helper()
	var gone grant
	w.await(ctx, from, func(x exchanged) bool {
		if x.question.MessageType != dhcpv6.MessageTypeRelease {
			return false
		}
		w.wantSuccess(x.answer.Options.Status())
		w.add(&gone, x.question)
		return gone.holds(p)
	})
}

// lifetimes of the leases in all these tests. T1 lets clients renew soon; dhcp6c
// takes a T2 below 30 seconds for a mistake and then makes up both.
const (
	renewAfter  = 3 * time.Second
	rebindAfter = 30 * time.Second
	preferred   = 60 * time.Second
	valid       = 90 * time.Second
)
