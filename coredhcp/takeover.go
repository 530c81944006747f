package coredhcp

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// byServer is who decided an identity association as the protocol demands.
const byServer = "server"

// takeOver takes over how a plugin changed the reply.
func takeOver(x *pipeline.Exchange, s *exchange.State, before, after []option) {
	takeOptions(s, before, after)
	ias := x.IAs()
	for i := range s.IAs {
		ia := &s.IAs[i]
		if bytes.Equal(dataOf(before, ia.IA), dataOf(after, ia.IA)) || ia.Decided && ia.By == byServer {
			continue
		}
		t := taker{x: x, s: s, ia: ia, api: ias[i]}
		t.take(answersTo(after, ia.IA))
	}
}

// dataOf gives what is said to an identity association.
func dataOf(options []option, ia ident.IA) (all []byte) {
	for _, o := range options {
		if names(o, ia) {
			all = append(all, o.data...)
		}
	}
	return all
}

// names says whether an option is the identity association's.
func names(o option, ia ident.IA) bool {
	return o.code == dhcpv6.OptionCode(ia.Type) && len(o.data) >= 12 && binary.BigEndian.Uint32(o.data) == ia.ID
}

// given is an address, as a /128, or prefix in a reply, with its lifetimes in
// seconds.
type given struct {
	prefix           netip.Prefix
	preferred, valid uint32
}

// said is what a reply says to an identity association.
type said struct {
	t1, t2 uint32 // seconds
	given  []given
	status iana.StatusCode
	text   string
}

// maxGiven bounds what a plugin leases to one identity association.
const maxGiven = 64

// answersTo reads what a reply says to an identity association, which may stand in
// it several times: each plugin of CoreDHCP adds one of its own.
func answersTo(options []option, ia ident.IA) (out said) {
	for _, o := range options {
		if !names(o, ia) {
			continue
		}
		out.t1 = max(out.t1, binary.BigEndian.Uint32(o.data[4:]))
		out.t2 = max(out.t2, binary.BigEndian.Uint32(o.data[8:]))
		for code, data := range wire.Options(o.data[12:]).All() {
			out.read(ia.Type, dhcpv6.OptionCode(code), data)
		}
	}
	return out
}

// read reads one option inside an identity association.
func (a *said) read(t ident.IAType, code dhcpv6.OptionCode, data []byte) {
	switch {
	case code == dhcpv6.OptionStatusCode && len(data) >= 2:
		a.status, a.text = iana.StatusCode(binary.BigEndian.Uint16(data)), string(data[2:])
	case len(a.given) == maxGiven:
	case code == dhcpv6.OptionIAAddr && t == ident.NA && len(data) >= 24:
		p := netip.PrefixFrom(netip.AddrFrom16([16]byte(data)), 128)
		a.give(p, binary.BigEndian.Uint32(data[16:]), binary.BigEndian.Uint32(data[20:]))
	case code == dhcpv6.OptionIAPrefix && t == ident.PD && len(data) >= 25 && data[8] <= 128:
		p := netip.PrefixFrom(netip.AddrFrom16([16]byte(data[9:])), int(data[8])).Masked()
		a.give(p, binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:]))
	}
}

// give adds what can be leased: no address of many or of none, each once.
func (a *said) give(p netip.Prefix, preferred, valid uint32) {
	same := func(g given) bool { return g.prefix == p }
	if p.Addr().IsUnspecified() || p.Addr().IsMulticast() || slices.ContainsFunc(a.given, same) {
		return
	}
	a.given = append(a.given, given{p, preferred, valid})
}

// taker takes over what a plugin says to one identity association.
type taker struct {
	x   *pipeline.Exchange
	s   *exchange.State
	ia  *exchange.IA
	api pipeline.IA
}

// take has the identity association be what the plugin made of it: decided with
// leases or a status, or open again.
func (t *taker) take(a said) {
	grants, withdrawn, lost := t.grants(a)
	t.reopen()
	switch {
	case len(grants) > 0:
		t.ia.Propose(t.s.Plugin, grants...)
	case a.status != iana.StatusSuccess:
		t.ia.Refuse(t.s.Plugin, a.status, a.text)
	case lost:
		t.ia.Refuse(t.s.Plugin, noneLeft(t.ia.Type), "it is another client's")
	case len(withdrawn) > 0:
		t.ia.Decided, t.ia.By = true, t.s.Plugin
	default:
		return
	}
	for _, p := range withdrawn {
		t.ia.Withdraw(p)
	}
	t.x.SetLifetimes(pipeline.Lifetimes{T1: duration(a.t1), T2: duration(a.t2)})
}

// reopen forgets what was decided.
func (t *taker) reopen() {
	ia := t.ia
	ia.Decided, ia.By, ia.Silent, ia.Contested = false, "", false, false
	ia.Status, ia.Reason = iana.StatusSuccess, ""
	ia.Grants, ia.Withdrawn, ia.Retired = ia.Grants[:0], ia.Withdrawn[:0], ia.Retired[:0]
}

// grants gives what is to be leased, and what the client is to stop using, which
// has a valid lifetime of zero. lost says that something is another client's.
func (t *taker) grants(a said) (grants []exchange.Grant, withdrawn []netip.Prefix, lost bool) {
	for _, g := range a.given {
		if g.valid == 0 {
			withdrawn = append(withdrawn, g.prefix)
			continue
		}
		grant, ok := t.grant(g)
		if !ok {
			lost = true
			continue
		}
		grants = append(grants, grant)
	}
	return grants, withdrawn, lost
}

// grant gives what was proposed before, with lifetimes that the plugin changed,
// or a grant of the plugin's own that is held for the client.
func (t *taker) grant(g given) (exchange.Grant, bool) {
	for i := range t.ia.Grants {
		if old := t.ia.Grants[i]; old.Prefix == g.prefix {
			if p, v := lifetimes(t.s, &old); p != g.preferred || v != g.valid {
				old.Preferred, old.Valid = duration(g.preferred), duration(g.valid)
			}
			return old, true
		}
	}
	grant := exchange.Grant{Prefix: g.prefix, Preferred: duration(g.preferred), Valid: duration(g.valid), Pool: t.s.Plugin}
	if t.api.Hold(g.prefix) {
		return grant, true
	}
	grant.From = t.sameMachine(g.prefix)
	return grant, grant.From != nil
}

// sameMachine gives the binding that holds what the plugin gives, if a trusted
// source says that the client is the machine that it is of, now with another DUID:
// CoreDHCP's plugins know machines by their MAC.
func (t *taker) sameMachine(p netip.Prefix) *lease.Binding {
	b := t.api.Holder(p)
	if b == nil || b.MAC.IsZero() || b.Lease(p) == nil || !t.trusted(b.MAC) {
		return nil
	}
	return b
}

// trusted says whether a trusted source gives the client that MAC.
func (t *taker) trusted(mac ident.MAC) bool {
	return slices.ContainsFunc(t.s.Evidence, func(e ident.Evidence) bool {
		return e.Kind == ident.EvidenceMAC && e.Trusted && e.MAC == mac
	})
}

func noneLeft(t ident.IAType) iana.StatusCode {
	if t == ident.PD {
		return iana.StatusNoPrefixAvail
	}
	return iana.StatusNoAddrsAvail
}

func duration(seconds uint32) time.Duration { return time.Duration(seconds) * time.Second }
