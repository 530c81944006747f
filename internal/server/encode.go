package server

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/pipeline"
)

// Ports of RFC 9915 section 7.2.
const (
	clientPort = 546
	serverPort = 547
)

// encode appends the reply to dst and addresses it.
func (w *Worker) encode(g *Generation, dst []byte, ticket bindings.Ticket) (Reply, string) {
	s, start := w.s, len(dst)
	dst = s.Msg.AppendRelayHeaders(dst)
	dst = wire.AppendHeader(dst, replyType(s), s.Msg.XID)
	dst = g.appendIDs(dst, s)
	dst = appendAnswer(dst, s)
	if carriesOptions(s.Type()) {
		g.addRelaySupplied(s)
		spare(&w.x, s)
		dst = g.appendOptions(dst, s)
	}
	dst, ok := s.Msg.CloseRelays(dst, start)
	if !ok {
		return Reply{}, dropReplyTooLong
	}
	r := Reply{Data: dst[start:], Type: replyType(s), Ticket: ticket}
	address(&r, s)
	return r, ""
}

// replyType gives the type of the message that answers (RFC 9915 section
// 18.3).
func replyType(s *exchange.State) dhcpv6.MessageType {
	if s.Type() == dhcpv6.MessageTypeSolicit && !rapid(s) {
		return dhcpv6.MessageTypeAdvertise
	}
	return dhcpv6.MessageTypeReply
}

// appendIDs appends the client's DUID, as it sent it, and the server's.
func (g *Generation) appendIDs(dst []byte, s *exchange.State) []byte {
	if s.Msg.ClientID != nil {
		dst = wire.AppendOption(dst, uint16(dhcpv6.OptionClientID), s.Msg.ClientID)
	}
	return wire.AppendOption(dst, uint16(dhcpv6.OptionServerID), g.serverID)
}

// appendAnswer appends what the protocol demands in a reply to the message.
func appendAnswer(dst []byte, s *exchange.State) []byte {
	switch s.Type() {
	case dhcpv6.MessageTypeConfirm:
		return wire.AppendStatus(dst, s.Confirmed, confirmText(s.Confirmed))
	case dhcpv6.MessageTypeRelease, dhcpv6.MessageTypeDecline:
		dst = wire.AppendStatus(dst, iana.StatusSuccess, "")
	case dhcpv6.MessageTypeSolicit:
		dst = appendSolicited(dst, s)
	}
	t1, t2 := renewTimes(s)
	for i := range s.IAs {
		if ia := &s.IAs[i]; !ia.Silent {
			dst = appendIA(dst, s, ia, t1, t2)
		}
	}
	return dst
}

func confirmText(status iana.StatusCode) string {
	if status == iana.StatusSuccess {
		return ""
	}
	return "an address is not on this link"
}

// appendSolicited appends Rapid Commit to a Reply, and the Preference to an
// Advertise; none is the same as 0 (RFC 9915 section 18.3.9).
func appendSolicited(dst []byte, s *exchange.State) []byte {
	if rapid(s) {
		return wire.AppendOption(dst, uint16(dhcpv6.OptionRapidCommit), nil)
	}
	if s.Preference > 0 {
		return append(dst, 0, byte(dhcpv6.OptionPreference), 0, 1, s.Preference)
	}
	return dst
}

// appendIA appends one identity association with its leases, or its status.
func appendIA(dst []byte, s *exchange.State, ia *exchange.IA, t1, t2 uint32) []byte {
	if len(ia.Grants) == 0 {
		t1, t2 = 0, 0
	}
	dst, mark := wire.BeginOption(dst, uint16(ia.Type))
	dst = binary.BigEndian.AppendUint32(dst, ia.ID)
	dst = binary.BigEndian.AppendUint32(dst, t1)
	dst = binary.BigEndian.AppendUint32(dst, t2)
	for i := range ia.Grants {
		dst = appendGrant(dst, s, ia.Type, &ia.Grants[i])
	}
	for _, p := range ia.Withdrawn {
		dst = appendLease(dst, ia.Type, p, 0, 0)
	}
	if ia.Status != iana.StatusSuccess {
		dst = wire.AppendStatus(dst, ia.Status, ia.Reason)
	}
	return wire.EndOption(dst, mark)
}

func appendGrant(dst []byte, s *exchange.State, t ident.IAType, g *exchange.Grant) []byte {
	if t == ident.PD && g.Exclude.IsValid() && s.Msg.Requested(uint16(dhcpv6.OptionPDExclude)) {
		var sub [24]byte
		exclude := wire.AppendExclude(sub[:0], g.Prefix, g.Exclude)
		return wire.AppendIAPrefix(dst, g.Prefix, seconds(g.Preferred), seconds(g.Valid), exclude)
	}
	return appendLease(dst, t, g.Prefix, seconds(g.Preferred), seconds(g.Valid))
}

func appendLease(dst []byte, t ident.IAType, p netip.Prefix, preferred, valid uint32) []byte {
	if t == ident.PD {
		return wire.AppendIAPrefix(dst, p, preferred, valid, nil)
	}
	return wire.AppendIAAddr(dst, p.Addr(), preferred, valid, nil)
}

// carriesOptions says whether a reply to the message carries configuration.
func carriesOptions(t dhcpv6.MessageType) bool {
	return assigns(t) || t == dhcpv6.MessageTypeInformationRequest
}

// addRelaySupplied takes the allowed options from the relays' RSOO, the relay
// nearest the client first, where nothing else was proposed (RFC 6422 section
// 6). Only trusted relays are heard.
func (g *Generation) addRelaySupplied(s *exchange.State) {
	for i := len(s.Msg.Relays) - 1; i >= 0; i-- {
		if i >= s.Trusted {
			continue
		}
		for code, data := range wire.Options(s.Msg.Relays[i].RSOO).All() {
			if g.settings.RelaySupplied.Has(code) && !s.Options.Has(code) && !g.configures(code) {
				s.Options.Set(exchange.Option{Key: exchange.OptionKey{Code: code}, Wire: wire.AppendOption(nil, code, data), By: "relay"}, false)
			}
		}
	}
}

// configures says whether the settings have an option of the code.
func (g *Generation) configures(code uint16) bool {
	return slices.ContainsFunc(g.settings.Options, func(o *pipeline.Option) bool { return uint16(o.Code()) == code })
}

// appendOptions appends what was proposed and may be sent: what the client
// asked for, or the configuration always sends (RFC 9915 section 18.3.10).
func (g *Generation) appendOptions(dst []byte, s *exchange.State) []byte {
	all := s.Options.All()
	for i := range all {
		o := &all[i]
		if o.Verdict = g.judge(s, o); o.Verdict == exchange.Sent {
			dst = append(dst, o.Wire...)
		}
	}
	for _, o := range g.settings.Options {
		if code := uint16(o.Code()); g.sends(s, code) && !s.Options.Has(code) {
			dst = o.Append(dst)
		}
	}
	if g.sends(s, uint16(dhcpv6.OptionFQDN)) {
		dst = appendFQDN(dst, s)
	}
	return dst
}

// judge says what becomes of an option that was proposed.
func (g *Generation) judge(s *exchange.State, o *exchange.Option) exchange.Verdict {
	if v := g.verdict(s, o.Key.Code); v == exchange.Never || !o.Unasked {
		return v
	}
	return exchange.Sent
}

// sends says whether the reply may carry an option.
func (g *Generation) sends(s *exchange.State, code uint16) bool {
	return g.verdict(s, code) == exchange.Sent
}

// verdict says whether the reply may carry an option, and why not: one that is asked
// for or always sent, but the information refresh time only where the message is an
// Information-request (RFC 9915 section 21.23).
func (g *Generation) verdict(s *exchange.State, code uint16) exchange.Verdict {
	switch {
	case g.settings.Never.Has(code):
		return exchange.Never
	case dhcpv6.OptionCode(code) == dhcpv6.OptionInformationRefreshTime && s.Type() != dhcpv6.MessageTypeInformationRequest:
		return exchange.Elsewhere
	case s.Msg.Requested(code) || g.settings.Always.Has(code):
		return exchange.Sent
	}
	return exchange.NotAsked
}

// Flags of the Client FQDN option (RFC 4704 section 4.1).
const (
	fqdnS = 1 << 0 // the server makes the AAAA update
	fqdnO = 1 << 1 // the server overrode the client's S
	fqdnN = 1 << 2 // the server makes no update
)

// appendFQDN answers the Client FQDN option: this server makes no DNS update,
// whatever the client prefers, and tells the name that the machine is given,
// else the client's own (RFC 4704 section 6).
func appendFQDN(dst []byte, s *exchange.State) []byte {
	flags, name, ok := s.Msg.FQDN()
	if !ok {
		return dst
	}
	answer := byte(fqdnN)
	if flags&fqdnS != 0 {
		answer |= fqdnO
	}
	dst, mark := wire.BeginOption(dst, uint16(dhcpv6.OptionFQDN))
	dst = append(dst, answer)
	if s.Hostname == "" {
		dst = append(dst, name...)
	} else {
		dst = wire.AppendHostname(dst, s.Hostname)
	}
	return wire.EndOption(dst, mark)
}

// address fills in where the reply goes: to the client, or to the relay
// nearest the server (RFC 9915 sections 7.2 and 19.3, RFC 8357 section 5). What
// came from a client itself is answered by the interface that it came in by (RFC
// 9915 section 18.3.10). A server on a port of its own, as in a test, answers the sender's port.
func address(r *Reply, s *exchange.State) {
	port := s.Peer.Port()
	if s.Port == serverPort {
		port = clientPort
		if len(s.Msg.Relays) > 0 {
			port = serverPort
			if s.Msg.Relays[0].HasRelayPort {
				port = s.Peer.Port()
			}
		}
	}
	r.To = netip.AddrPortFrom(s.Peer.Addr(), port)
	if len(s.Msg.Relays) == 0 || s.Peer.Addr().IsLinkLocalUnicast() {
		r.Interface = s.Interface
	}
	if !s.Dst.IsMulticast() {
		r.Src = s.Dst
	}
}
