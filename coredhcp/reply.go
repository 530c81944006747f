package coredhcp

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/lease"
)

// replyTo gives the reply so far as CoreDHCP would have it: the reply that it
// begins with, and what the plugins before have proposed.
func replyTo(s *exchange.State, m *dhcpv6.Message) *dhcpv6.Message {
	r := begun(s, m)
	if len(s.ServerID) > 0 {
		r.AddOption(dhcpv6.OptServerID(duid(s.ServerID)))
	}
	for i := range s.IAs {
		if ia := &s.IAs[i]; ia.Decided || len(ia.Grants) > 0 {
			add(r, dhcpv6.OptionCode(ia.Type), appendIA(nil, s, ia))
		}
	}
	if s.Preference > 0 {
		add(r, dhcpv6.OptionPreference, []byte{s.Preference})
	}
	for _, o := range s.Options.All() {
		for code, data := range wire.Options(o.Wire).All() {
			add(r, dhcpv6.OptionCode(code), data)
		}
	}
	return r
}

// begun gives the reply that CoreDHCP has before the first plugin. It has none
// to an Information-request without Client Identifier, which we answer.
func begun(s *exchange.State, m *dhcpv6.Message) *dhcpv6.Message {
	var r *dhcpv6.Message
	var err error
	if s.Msg.Type == dhcpv6.MessageTypeSolicit && !mayBeRapid(s) {
		r, err = dhcpv6.NewAdvertiseFromSolicit(m)
	} else {
		r, err = dhcpv6.NewReplyFromMessage(m)
	}
	if err != nil {
		r = &dhcpv6.Message{MessageType: dhcpv6.MessageTypeReply, TransactionID: m.TransactionID}
	}
	return r
}

// mayBeRapid says whether a Solicit will be answered by a Reply if something can
// be given.
func mayBeRapid(s *exchange.State) bool {
	return s.Msg.RapidCommit && s.Link != nil && s.Link.RapidCommit
}

// add adds an option of ours; one that the library cannot read is not shown.
func add(r *dhcpv6.Message, code dhcpv6.OptionCode, data []byte) {
	if o, err := dhcpv6.ParseOption(code, bytes.Clone(data)); err == nil {
		r.AddOption(o)
	}
}

// appendIA appends the data of an identity association as it would be sent if
// nothing was added to it.
func appendIA(dst []byte, s *exchange.State, ia *exchange.IA) []byte {
	dst = binary.BigEndian.AppendUint32(dst, ia.ID)
	dst = append(dst, make([]byte, 8)...) // the server sets T1 and T2
	for i := range ia.Grants {
		dst = appendGrant(dst, s, ia.Type, &ia.Grants[i])
	}
	if ia.Status != iana.StatusSuccess {
		dst = wire.AppendStatus(dst, ia.Status, ia.Reason)
	}
	return dst
}

func appendGrant(dst []byte, s *exchange.State, t ident.IAType, g *exchange.Grant) []byte {
	preferred, valid := lifetimes(s, g)
	if t == ident.PD {
		return wire.AppendIAPrefix(dst, g.Prefix, preferred, valid, nil)
	}
	return wire.AppendIAAddr(dst, g.Prefix.Addr(), preferred, valid, nil)
}

// lifetimes gives those of a grant in seconds, as far as they are known before
// all plugins have been asked.
func lifetimes(s *exchange.State, g *exchange.Grant) (preferred, valid uint32) {
	v := cmp.Or(g.Valid, s.Valid, s.Standard.Valid)
	p := min(v, cmp.Or(g.Preferred, s.Preferred, s.Standard.Preferred))
	return seconds(p), seconds(v)
}

// seconds gives d as the wire has it; lease.Infinity and more are infinity.
func seconds(d time.Duration) uint32 {
	return uint32(min(max(d, 0), lease.Infinity) / time.Second)
}
