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

// writer appends a record to b. What belongs together is put into an array first,
// which is appended at once: that takes half the time.
type writer struct{ b []byte }

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
func (w *writer) text(s string) {
	s = s[:min(len(s), 255)]
	w.b = append(w.b, uint8(len(s)))
	w.b = append(w.b, s...)
}

// packet appends at most maxPacket octets, and how many there were.
func (w *writer) packet(b []byte) {
	w.b = order.AppendUint32(w.b, uint32(len(b)))
	w.b = append(w.b, b[:min(len(b), maxPacket)]...)
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

func (w *writer) prefix(p netip.Prefix) {
	var b [prefixSize]byte
	if p.IsValid() {
		putPrefix(b[:], p)
	} else {
		b[16] = 255
	}
	w.b = append(w.b, b[:]...)
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
func (w *writer) record(datagram []byte, a *exchange.Arrival, o *Outcome) {
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
	w.b = append(w.b, h[:]...)
	w.packet(datagram)
	w.packet(o.Reply)
	w.text(o.Drop)
	w.text(o.Fault)
	if o.State == nil {
		w.text(o.Plugin)
		return
	}
	w.state(o.State)
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

func (w *writer) state(s *exchange.State) {
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
	w.b = append(w.b, h[:]...)
	w.text(s.Plugin)
	w.text(s.Hostname)
	w.evidence(s.Evidence)
	w.place(s)
	w.tags(s.Tags)
	w.trace(&s.Trace)
	w.ias(s)
	w.options(&s.Options)
}

func (w *writer) evidence(all []ident.Evidence) {
	all = all[:min(len(all), 255)]
	w.b = append(w.b, uint8(len(all)))
	for i := range all {
		e := &all[i]
		w.b = append(w.b, uint8(e.Kind), uint8(flagIf(e.Trusted, 1)|flagIf(e.System, 2)))
		switch e.Kind {
		case ident.EvidenceMAC:
			w.b = append(w.b, e.MAC[:]...)
		case ident.EvidenceUUID:
			w.b = append(w.b, e.UUID[:]...)
		default:
			w.text(e.Value)
		}
		w.text(e.Source)
	}
}

// maxPrefixes is how many prefixes of a link are kept.
const maxPrefixes = 8

// place appends the link and the host.
func (w *writer) place(s *exchange.State) {
	if s.Link != nil {
		w.text(s.Link.Name)
		on := s.Link.Prefixes[:min(len(s.Link.Prefixes), maxPrefixes)]
		w.b = append(w.b, uint8(len(on)))
		for _, p := range on {
			w.prefix(p)
		}
	}
	if s.Host.Host != nil {
		w.text(s.Host.Host.Name)
		w.text(s.Host.Interface.Name)
		w.text(s.HostBy)
		w.b = append(w.b, uint8(s.Host.Host.State))
	}
}

func (w *writer) tags(tags []string) {
	tags = tags[:min(len(tags), 255)]
	w.b = append(w.b, uint8(len(tags)))
	for _, t := range tags {
		w.text(t)
	}
}

// trace appends the steps, those that were called and did nothing that is noted
// together: of a long list that is most of them.
func (w *writer) trace(t *exchange.Trace) {
	start := len(w.b)
	w.b = append(w.b, 0)
	var last exchange.Step
	for i := range t.Steps {
		x := &t.Steps[i]
		if i+1 < len(t.Steps) && x.End == exchange.Continued && x.Tags == last.Tags && x.Stage == last.Stage {
			continue
		}
		last = *x
		w.b = append(w.b, uint8(i), uint8(x.Number), uint8(x.Number>>8), uint8(x.End), x.Tags, uint8(x.Stage))
		w.b[start]++
	}
	w.b = append(w.b, uint8(len(t.Notes)))
	for i := range t.Notes {
		n := &t.Notes[i]
		w.b = append(w.b, uint8(n.IA))
		w.text(n.By)
		w.text(n.Text)
	}
}

func (w *writer) ias(s *exchange.State) {
	w.b = append(w.b, uint8(len(s.IAs)))
	for i := range s.IAs {
		w.ia(s, &s.IAs[i])
	}
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

func (w *writer) ia(s *exchange.State, ia *exchange.IA) {
	grants, withdrawn := ia.Grants[:min(len(ia.Grants), maxGrants)], ia.Withdrawn[:min(len(ia.Withdrawn), maxGrants)]
	var h [iaSize]byte
	order.PutUint16(h[0:], uint16(ia.Type))
	order.PutUint32(h[2:], ia.ID)
	order.PutUint16(h[6:], uint16(ia.Status))
	order.PutUint16(h[8:], flagIf(ia.Decided, iaDecided)|flagIf(ia.Silent, iaSilent)|flagIf(ia.Contested, iaContested)|
		flagIf(ia.Binding != nil, iaBinding)|flagIf(ia.Barred.Prefix.IsValid(), iaBarred)|
		flagIf(ia.Empty != "", iaEmpty)|flagIf(ia.Exhausted != nil, iaPool))
	h[10], h[11], h[12] = uint8(min(len(ia.Retired), 255)), uint8(len(grants)), uint8(len(withdrawn))
	w.b = append(w.b, h[:]...)
	w.text(ia.By)
	w.text(ia.Reason)
	w.text(ia.Withheld)
	for i := range grants {
		w.grant(&grants[i])
	}
	for _, p := range withdrawn {
		w.prefix(p)
	}
	if ia.Binding != nil {
		w.had(ia.Binding, s.Time)
	}
	if ia.Barred.Prefix.IsValid() {
		w.holder(ia.Barred.Prefix, ia.Barred.Holder)
	}
	if ia.Empty != "" {
		w.text(ia.Empty)
	}
	if ia.Exhausted != nil {
		w.pool(s, ia)
	}
}

// pool appends how full the pool is that has nothing left.
func (w *writer) pool(s *exchange.State, ia *exchange.IA) {
	taken, size := s.Table.Taken(ia.Exhausted)
	w.text(ia.Exhausted.Name())
	w.b = order.AppendUint64(w.b, uint64(taken))
	w.b = order.AppendUint64(w.b, uint64(size))
}

const grantSize = prefixSize + 17

func (w *writer) grant(g *exchange.Grant) {
	var h [grantSize]byte
	putPrefix(h[:], g.Prefix)
	order.PutUint64(h[prefixSize:], uint64(g.Preferred))
	order.PutUint64(h[prefixSize+8:], uint64(g.Valid))
	if g.From != nil {
		h[prefixSize+16] = 1
	}
	w.b = append(w.b, h[:]...)
	w.text(g.Pool)
	if g.From != nil {
		w.holder(g.Prefix, g.From)
	}
}

// had appends what a client has.
func (w *writer) had(b *lease.Binding, now time.Time) {
	leases := b.Leases[:min(len(b.Leases), maxHad)]
	w.b = append(w.b, uint8(len(leases)), uint8(b.Stage))
	for i := range leases {
		l := &leases[i]
		w.prefix(l.Prefix)
		w.b = append(w.b, uint8(stateOf(l, now)))
		w.b = order.AppendUint64(w.b, seconds(l.Until))
		w.text(l.Pool)
	}
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
func (w *writer) holder(p netip.Prefix, b *lease.Binding) {
	w.prefix(p)
	if b == nil {
		w.b = append(w.b, notPresent)
		return
	}
	state, until := lease.Active, time.Time{}
	if l := b.Lease(p); l != nil {
		state, until = l.State, l.Until
	}
	w.b = append(w.b, uint8(state), uint8(b.Stage))
	w.b = append(w.b, b.MAC[:]...)
	w.b = order.AppendUint64(w.b, seconds(until))
	w.text(b.Host)
	w.text(string(b.DUID))
}

const optionSize = 8

func (w *writer) options(o *exchange.Options) {
	all, passed := o.All(), o.Passed()
	all = all[:min(len(all), 255)]
	w.b = append(w.b, uint8(len(all)), uint8(len(passed)))
	for i := range all {
		e := &all[i]
		w.option(e.Key, e.Level, e.Verdict, e.By)
	}
	for i := range passed {
		p := &passed[i]
		w.option(p.Key, 0, p.Verdict, p.By)
		w.text(p.For)
	}
}

func (w *writer) option(k exchange.OptionKey, l exchange.Level, v exchange.Verdict, by string) {
	var h [optionSize]byte
	order.PutUint16(h[0:], k.Code)
	order.PutUint32(h[2:], k.Enterprise)
	h[6], h[7] = uint8(l), uint8(v)
	w.b = append(w.b, h[:]...)
	w.text(by)
}
