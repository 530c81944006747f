package pipeline

import (
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/lease"
)

// IA is one identity association of the message, for which a plugin may
// propose a lease. It is valid as long as its exchange.
type IA struct {
	s  *exchange.State
	ia *exchange.IA
}

// Hint is an address, as a /128, or prefix that the client named, with the
// lifetimes that it would like; zero is no wish. The prefix of an IA_PD may be
// ::/56: a wish for a length only (RFC 8168).
type Hint struct {
	Prefix           netip.Prefix
	Preferred, Valid time.Duration
}

// Grant is an address, as a /128, or prefix proposed for an identity
// association. A zero lifetime means the exchange's.
type Grant struct {
	Prefix           netip.Prefix
	Preferred, Valid time.Duration
	// Exclude is a prefix inside Prefix that the requesting router shall not
	// use but on its uplink (RFC 6603); sent to clients that ask for it.
	Exclude netip.Prefix
	Pool    string // the name that the lease is listed under
	// Rest is how long nobody else gets the prefix after the client has given
	// it back. Zero is not at all.
	Rest time.Duration
	// From is the binding of which the prefix is taken when it is granted, which
	// then need not be won by Hold; nil for nobody.
	From *lease.Binding
}

// IAs gives the identity associations of the message that may be given leases,
// decided or not: those of Solicit, Request, Renew and Rebind. The slice
// belongs to the exchange.
func (x *Exchange) IAs() []IA {
	x.ias = x.ias[:0]
	for i := range x.s.IAs {
		x.ias = append(x.ias, IA{&x.s, &x.s.IAs[i]})
	}
	return x.ias
}

// IA gives the type and the IAID.
func (a IA) IA() ident.IA { return a.ia.IA }

// Decided says whether a lease was proposed, or refused, already. What a later
// plugin says then is not heard.
func (a IA) Decided() bool { return a.ia.Decided }

// Binding gives the record of what the client has or had, or nil. It is not to
// be changed, nor kept after Handle returns, but for its texts.
func (a IA) Binding() *lease.Binding { return a.ia.Binding }

// NumHints gives the number of addresses or prefixes that the client named.
func (a IA) NumHints() int { return len(a.ia.Hints) }

// Hint gives the address or prefix of index i that the client named.
func (a IA) Hint(i int) Hint {
	h := a.ia.Hints[i]
	return Hint{h.Prefix, time.Duration(h.Preferred) * time.Second, time.Duration(h.Valid) * time.Second}
}

// NumGrants gives the number of grants that are proposed or suggested.
func (a IA) NumGrants() int { return len(a.ia.Grants) }

// Grant gives the grant of index i that is proposed or suggested.
func (a IA) Grant(i int) Grant { return Grant(a.ia.Grants[i]) }

// Propose proposes grants for the identity association and says whether they
// stand: the first proposal or refusal wins. Each prefix must have been won by
// Pick or Hold before.
func (a IA) Propose(grants ...Grant) bool {
	if a.ia.Decided || len(grants) == 0 {
		return false
	}
	a.ia.Decided = true
	a.grant(grants)
	return true
}

// Suggest proposes grants that stand only if no other plugin proposes or
// refuses: the first suggestion is kept, and later plugins see the identity
// association as not decided.
func (a IA) Suggest(grants ...Grant) {
	if !a.ia.Decided && !a.Suggested() {
		a.grant(grants)
	}
}

// Suggested says whether a plugin suggested a lease.
func (a IA) Suggested() bool { return !a.ia.Decided && len(a.ia.Grants) > 0 }

func (a IA) grant(grants []Grant) {
	a.ia.By, a.ia.Grants = a.s.Plugin, a.ia.Grants[:0]
	for _, g := range grants {
		a.ia.Grants = append(a.ia.Grants, exchange.Grant(g))
	}
}

// Contest notes in the record that the lease was taken from another installed
// system.
func (a IA) Contest() { a.ia.Contested = true }

// Retire ends the leases of another binding when something is granted to this
// identity association. Nobody gets what they were of until they would have
// ended by themselves: the client may go on using it.
func (a IA) Retire(b *lease.Binding) { a.ia.Retired = append(a.ia.Retired, b) }

// Holder gives the binding that has a lease of the address, as a /128, or
// prefix which is live or rests, or nil. It is as that of Binding.
func (a IA) Holder(p netip.Prefix) *lease.Binding {
	b := holder(a.s, p)
	if own := a.ia.Binding; b != nil && (own == nil || b.Key != own.Key) {
		a.ia.Barred = exchange.Barred{Prefix: p, Holder: b}
	}
	return b
}

func holder(s *exchange.State, p netip.Prefix) *lease.Binding {
	h, ok := s.Table.HolderIn(&s.Room, p)
	if !ok || h.Lease == nil || !h.Lease.Held(s.Time) {
		return nil
	}
	return h.Binding
}

// Refuse refuses a lease with a status code and a text for people, and says
// whether the refusal stands. Who refuses tells it by Events.PublishFor, with who
// has what was asked for.
func (a IA) Refuse(status iana.StatusCode, reason string) bool {
	return a.ia.Refuse(a.s.Plugin, status, reason)
}

// Withhold says that the plugin has something left, but not for a client such as
// this one. A later plugin may serve it: if none does, the event of the denial has
// the reason, which is event.Withheld or event.SenderLimit.
func (a IA) Withhold(reason string) { a.ia.Withheld, a.ia.WithheldFor = a.s.Plugin, reason }

// Hold keeps an address, as a /128, or prefix for this identity association
// for a short while, and says whether nobody else has it.
func (a IA) Hold(p netip.Prefix) bool {
	if a.s.Dry != nil && a.s.TryHold(a.ia.IA, p) || a.s.Dry == nil && a.s.Table.Offer(a.s.Msg.ClientID, a.ia.IA, p) {
		return true
	}
	if !a.ia.Barred.Prefix.IsValid() && a.Holder(p) == nil {
		a.ia.Barred.Prefix = p
	}
	return false
}

// Note is Exchange.Note about this identity association.
func (a IA) Note(text string) { a.s.Note(a.ia, text) }
