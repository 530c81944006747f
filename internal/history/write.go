package history

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/lease"
)

// maxPacket is how much of a datagram or a reply is kept, in octets. Those of
// machines that boot are shorter by far.
const maxPacket = 2048

// Outcome is what became of a datagram.
type Outcome struct {
	Drop  string // nothing where there is a reply
	Fault string
	Reply []byte
	To    netip.AddrPort
	Via   uint32
	Waits bool // for the disk
	Dry   bool
	Cast  uint32
	// State is what the server knows of the exchange; nil where it must not be looked
	// at, or never was.
	State *exchange.State
	// Decoded says that the message in State could be read.
	Decoded bool
	Plugin  string // the step that was called last, where State does not say
}

// blob is a record as it grows. What appends to one gives the longer one, so that it
// stays in registers; what belongs together is put into an array first, which is
// appended at once. Each of the two takes half the time of what is nearer at hand.
type blob []byte

var order = binary.LittleEndian

// Flags of a record.
const (
	flagWaited = 1 << iota
	flagAlone
	flagDry
	flagWaits
	flagDecoded
	flagState
	flagVouched
	flagSystem
	flagLink
	flagHost
)

func flagIf(is bool, flag uint16) uint16 {
	if is {
		return flag
	}
	return 0
}

// text appends at most 255 octets of a text.
func (w blob) text(s string) blob {
	s = s[:min(len(s), 255)]
	w = append(w, uint8(len(s)))
	return append(w, s...)
}

// packet appends at most maxPacket octets, and how many there were.
func (w blob) packet(b []byte) blob {
	w = order.AppendUint32(w, uint32(len(b)))
	return append(w, b[:min(len(b), maxPacket)]...)
}

// putAddr writes an address; the unspecified one is none.
func putAddr(to []byte, a netip.Addr) {
	b := a.As16()
	copy(to, b[:])
}

const prefixSize = 17

// putPrefix writes a prefix; its length is 255 where it is none.
func putPrefix(to []byte, p netip.Prefix) {
	if !p.IsValid() {
		to[16] = 255
		return
	}
	putAddr(to, p.Addr())
	to[16] = uint8(p.Bits())
}

func (w blob) prefix(p netip.Prefix) blob {
	var b [prefixSize]byte
	if p.IsValid() {
		putPrefix(b[:], p)
	} else {
		b[16] = 255
	}
	return append(w, b[:]...)
}

// seconds is a time in seconds since 1970; 0 is none.
func seconds(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.Unix())
}

// headerSize is the size of what every record begins with.
const headerSize = 80

// record appends everything.
func (w blob) record(datagram []byte, a *exchange.Arrival, o *Outcome) blob {
	var h [headerSize]byte
	putAddr(h[0:], a.Peer.Addr())
	putAddr(h[16:], a.Dst)
	if o.To.IsValid() {
		putAddr(h[32:], o.To.Addr())
	}
	order.PutUint16(h[48:], a.Peer.Port())
	order.PutUint16(h[50:], a.Port)
	order.PutUint16(h[52:], o.To.Port())
	order.PutUint16(h[54:], flagsOf(a, o))
	order.PutUint32(h[56:], a.Interface)
	order.PutUint32(h[60:], o.Via)
	order.PutUint32(h[64:], o.Cast)
	copy(h[68:], a.FrameMAC[:])
	w = append(w, h[:]...)
	w = w.packet(datagram)
	w = w.packet(o.Reply)
	w = w.text(o.Drop)
	w = w.text(o.Fault)
	if o.State == nil {
		return w.text(o.Plugin)
	}
	return w.state(o.State)
}

func flagsOf(a *exchange.Arrival, o *Outcome) uint16 {
	f := flagIf(a.Waited, flagWaited) | flagIf(a.Alone, flagAlone) | flagIf(o.Dry, flagDry) |
		flagIf(o.Waits, flagWaits) | flagIf(o.Decoded, flagDecoded)
	if s := o.State; s != nil {
		f |= flagState | flagIf(s.Vouched, flagVouched) | flagIf(s.System, flagSystem) |
			flagIf(s.Link != nil, flagLink) | flagIf(s.Host.Host != nil, flagHost)
	}
	return f
}

// stateSize is the size of what is always there of what the server knows.
const stateSize = 40

func (w blob) state(s *exchange.State) blob {
	var h [stateSize]byte
	for i, p := range s.Trace.Phases {
		if p != 0 {
			order.PutUint32(h[4*i:], uint32(min(max(p-s.Trace.Phases[0], 1), 1<<32-1)))
		}
	}
	order.PutUint64(h[16:], uint64(s.Lifetimes.Preferred))
	order.PutUint64(h[24:], uint64(s.Lifetimes.Valid))
	copy(h[32:], s.MAC[:])
	h[38], h[39] = uint8(s.Trusted), uint8(s.Stage)
	w = append(w, h[:]...)
	w = w.text(s.Plugin)
	w = w.text(s.Hostname)
	w = w.evidence(s.Evidence)
	w = w.place(s)
	w = w.tags(s.Tags)
	w = w.trace(&s.Trace)
	w = w.ias(s)
	return w.options(&s.Options)
}

func (w blob) evidence(all []ident.Evidence) blob {
	all = all[:min(len(all), 255)]
	w = append(w, uint8(len(all)))
	for i := range all {
		e := &all[i]
		w = append(w, uint8(e.Kind), uint8(flagIf(e.Trusted, 1)|flagIf(e.System, 2)))
		switch e.Kind {
		case ident.EvidenceMAC:
			w = append(w, e.MAC[:]...)
		case ident.EvidenceUUID:
			w = append(w, e.UUID[:]...)
		default:
			w = w.text(e.Value)
		}
		w = w.text(e.Source)
	}
	return w
}

// maxPrefixes is how many prefixes of a link are kept.
const maxPrefixes = 8

// place appends the link and the host.
func (w blob) place(s *exchange.State) blob {
	if s.Link != nil {
		w = w.text(s.Link.Name)
		on := s.Link.Prefixes[:min(len(s.Link.Prefixes), maxPrefixes)]
		w = append(w, uint8(len(on)))
		for _, p := range on {
			w = w.prefix(p)
		}
	}
	if s.Host.Host != nil {
		w = w.text(s.Host.Host.Name)
		w = w.text(s.Host.Interface.Name)
		w = w.text(s.HostBy)
		w = append(w, uint8(s.Host.Host.State))
	}
	return w
}

func (w blob) tags(tags []string) blob {
	tags = tags[:min(len(tags), 255)]
	w = append(w, uint8(len(tags)))
	for _, t := range tags {
		w = w.text(t)
	}
	return w
}

// trace appends the steps, those that were called and did nothing that is noted
// together: of a long list that is most of them.
func (w blob) trace(t *exchange.Trace) blob {
	start := len(w)
	w = append(w, 0)
	var last exchange.Step
	for i := range t.Steps {
		x := &t.Steps[i]
		if i+1 < len(t.Steps) && x.End == exchange.Continued && x.Tags == last.Tags && x.Stage == last.Stage {
			continue
		}
		last = *x
		w = append(w, uint8(i), uint8(x.Number), uint8(x.Number>>8), uint8(x.End), x.Tags, uint8(x.Stage))
		w[start]++
	}
	w = append(w, uint8(len(t.Notes)))
	for i := range t.Notes {
		n := &t.Notes[i]
		w = append(w, uint8(n.IA))
		w = w.text(n.By)
		w = w.text(n.Text)
	}
	return w
}

func (w blob) ias(s *exchange.State) blob {
	w = append(w, uint8(len(s.IAs)))
	for i := range s.IAs {
		w = w.ia(s, &s.IAs[i])
	}
	return w
}

// Flags of an identity association.
const (
	iaDecided = 1 << iota
	iaSilent
	iaContested
	iaBinding
	iaBarred
	iaEmpty
	iaPool
)

const (
	iaSize     = 13
	maxGrants  = 32 // of one identity association; those of more are not kept
	maxHad     = 4  // leases of the client's
	notPresent = 255
)

func (w blob) ia(s *exchange.State, ia *exchange.IA) blob {
	grants, withdrawn := ia.Grants[:min(len(ia.Grants), maxGrants)], ia.Withdrawn[:min(len(ia.Withdrawn), maxGrants)]
	var h [iaSize]byte
	order.PutUint16(h[0:], uint16(ia.Type))
	order.PutUint32(h[2:], ia.ID)
	order.PutUint16(h[6:], uint16(ia.Status))
	order.PutUint16(h[8:], flagIf(ia.Decided, iaDecided)|flagIf(ia.Silent, iaSilent)|flagIf(ia.Contested, iaContested)|
		flagIf(ia.Binding != nil, iaBinding)|flagIf(ia.Barred.Prefix.IsValid(), iaBarred)|
		flagIf(ia.Empty != "", iaEmpty)|flagIf(ia.Exhausted != nil, iaPool))
	h[10], h[11], h[12] = uint8(min(len(ia.Retired), 255)), uint8(len(grants)), uint8(len(withdrawn))
	w = append(w, h[:]...)
	w = w.text(ia.By)
	w = w.text(ia.Reason)
	w = w.text(ia.Withheld)
	for i := range grants {
		w = w.grant(&grants[i])
	}
	for _, p := range withdrawn {
		w = w.prefix(p)
	}
	if ia.Binding != nil {
		w = w.had(ia.Binding, s.Time)
	}
	if ia.Barred.Prefix.IsValid() {
		w = w.holder(ia.Barred.Prefix, ia.Barred.Holder)
	}
	if ia.Empty != "" {
		w = w.text(ia.Empty)
	}
	if ia.Exhausted != nil {
		w = w.pool(s, ia)
	}
	return w
}

// pool appends how full the pool is that has nothing left.
func (w blob) pool(s *exchange.State, ia *exchange.IA) blob {
	taken, size := s.Table.Taken(ia.Exhausted)
	w = w.text(ia.Exhausted.Name())
	w = order.AppendUint64(w, uint64(taken))
	return order.AppendUint64(w, uint64(size))
}

const grantSize = prefixSize + 17

func (w blob) grant(g *exchange.Grant) blob {
	var h [grantSize]byte
	putPrefix(h[:], g.Prefix)
	order.PutUint64(h[prefixSize:], uint64(g.Preferred))
	order.PutUint64(h[prefixSize+8:], uint64(g.Valid))
	if g.From != nil {
		h[prefixSize+16] = 1
	}
	w = append(w, h[:]...)
	w = w.text(g.Pool)
	if g.From != nil {
		w = w.holder(g.Prefix, g.From)
	}
	return w
}

// had appends what a client has.
func (w blob) had(b *lease.Binding, now time.Time) blob {
	leases := b.Leases[:min(len(b.Leases), maxHad)]
	w = append(w, uint8(len(leases)), uint8(b.Stage))
	for i := range leases {
		l := &leases[i]
		w = w.prefix(l.Prefix)
		w = append(w, uint8(stateOf(l, now)))
		w = order.AppendUint64(w, seconds(l.Until))
		w = w.text(l.Pool)
	}
	return w
}

// expired is the state of an active lease that has run out.
const expired = lease.State(254)

func stateOf(l *lease.Lease, now time.Time) lease.State {
	if l.State == lease.Active && !l.Live(now) {
		return expired
	}
	return l.State
}

// holder appends who has a prefix; b is nil for somebody to whom it was offered.
func (w blob) holder(p netip.Prefix, b *lease.Binding) blob {
	w = w.prefix(p)
	if b == nil {
		return append(w, notPresent)
	}
	state, until := lease.Active, time.Time{}
	if l := b.Lease(p); l != nil {
		state, until = l.State, l.Until
	}
	w = append(w, uint8(state), uint8(b.Stage))
	w = append(w, b.MAC[:]...)
	w = order.AppendUint64(w, seconds(until))
	w = w.text(b.Host)
	return w.text(string(b.DUID))
}

const optionSize = 8

func (w blob) options(o *exchange.Options) blob {
	all, passed := o.All(), o.Passed()
	all = all[:min(len(all), 255)]
	w = append(w, uint8(len(all)), uint8(len(passed)))
	for i := range all {
		e := &all[i]
		w = w.option(e.Key, e.Level, e.Verdict, e.By)
	}
	for i := range passed {
		p := &passed[i]
		w = w.option(p.Key, 0, p.Verdict, p.By)
		w = w.text(p.For)
	}
	return w
}

func (w blob) option(k exchange.OptionKey, l exchange.Level, v exchange.Verdict, by string) blob {
	var h [optionSize]byte
	order.PutUint16(h[0:], k.Code)
	order.PutUint32(h[2:], k.Enterprise)
	h[6], h[7] = uint8(l), uint8(v)
	w = append(w, h[:]...)
	return w.text(by)
}
