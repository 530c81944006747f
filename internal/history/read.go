package history

import (
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/stage"
)

// reader takes the values of a record off b, in the order in which blob has
// them: only what blob wrote is ever read.
type reader struct{ b []byte }

func (r *reader) take(n int) []byte {
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() uint8 { return r.take(1)[0] }

func (r *reader) uint64() uint64 { return order.Uint64(r.take(8)) }

func (r *reader) text() string { return string(r.take(int(r.byte()))) }

// packet gives a copy, and how many octets there were.
func (r *reader) packet() (b []byte, whole int) {
	whole = int(order.Uint32(r.take(4)))
	return append([]byte(nil), r.take(min(whole, maxPacket))...), whole
}

// addrOf reads an address; the unspecified one is none.
func addrOf(b []byte) netip.Addr {
	if a := netip.AddrFrom16([16]byte(b)); !a.IsUnspecified() {
		return a
	}
	return netip.Addr{}
}

func prefixOf(b []byte) netip.Prefix {
	if b[16] == 255 {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(netip.AddrFrom16([16]byte(b)), int(b[16]))
}

func (r *reader) prefix() netip.Prefix { return prefixOf(r.take(prefixSize)) }

func timeOf(seconds uint64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}

// record reads everything, and the number of the cast.
func (r *reader) record(x *Record) (cast uint32) {
	h := r.take(headerSize)
	x.Peer = netip.AddrPortFrom(addrOf(h[0:]), order.Uint16(h[48:]))
	x.Dst, x.Port = addrOf(h[16:]), order.Uint16(h[50:])
	x.To = netip.AddrPortFrom(addrOf(h[32:]), order.Uint16(h[52:]))
	flags := order.Uint16(h[54:])
	x.Interface, x.Via, cast = order.Uint32(h[56:]), order.Uint32(h[60:]), order.Uint32(h[64:])
	copy(x.FrameMAC[:], h[68:])
	x.Waited, x.Alone, x.Dry = flags&flagWaited != 0, flags&flagAlone != 0, flags&flagDry != 0
	x.Disk.Waited, x.Decoded = flags&flagWaits != 0, flags&flagDecoded != 0
	x.Vouched, x.System = flags&flagVouched != 0, flags&flagSystem != 0
	x.Datagram, x.DatagramLen = r.packet()
	x.Reply, x.ReplyLen = r.packet()
	x.Drop, x.Fault = r.text(), r.text()
	if flags&flagState == 0 {
		x.Plugin = r.text()
		return cast
	}
	r.state(x, flags)
	return cast
}

func (r *reader) state(x *Record, flags uint16) {
	h := r.take(stateSize)
	for i := range x.Trace.Phases {
		x.Trace.Phases[i] = time.Duration(order.Uint32(h[4*i:]))
	}
	x.Lifetimes = Lifetimes{time.Duration(order.Uint64(h[16:])), time.Duration(order.Uint64(h[24:]))}
	copy(x.MAC[:], h[32:])
	x.Trusted, x.Stage = int(h[38]), stage.Stage(h[39])
	x.Plugin, x.Hostname = r.text(), r.text()
	for range r.byte() {
		x.Evidence = append(x.Evidence, r.evidence())
	}
	if flags&flagLink != 0 {
		x.Link = &Link{Name: r.text()}
		for range r.byte() {
			x.Link.Prefixes = append(x.Link.Prefixes, r.prefix())
		}
	}
	if flags&flagHost != 0 {
		x.Host = &Host{Name: r.text(), Interface: r.text(), By: r.text(), State: host.State(r.byte()).String()}
	}
	for range r.byte() {
		x.Tags = append(x.Tags, r.text())
	}
	r.trace(x)
	for range r.byte() {
		x.IAs = append(x.IAs, r.ia())
	}
	r.options(x)
}

func (r *reader) evidence() (e ident.Evidence) {
	e.Kind = ident.EvidenceKind(r.byte())
	flags := r.byte()
	e.Trusted, e.System = flags&1 != 0, flags&2 != 0
	switch e.Kind {
	case ident.EvidenceMAC:
		e.MAC = ident.MAC(r.take(len(e.MAC)))
	case ident.EvidenceUUID:
		e.UUID = ident.UUID(r.take(len(e.UUID)))
	default:
		e.Value = r.text()
	}
	e.Source = r.text()
	return e
}

func (r *reader) trace(x *Record) {
	for range r.byte() {
		b := r.take(6)
		x.Noted = append(x.Noted, NotedStep{int(b[0]), exchange.Step{
			Number: uint16(b[1]) | uint16(b[2])<<8, End: exchange.StepEnd(b[3]), Tags: b[4], Stage: stage.Stage(b[5]),
		}})
	}
	for range r.byte() {
		x.Trace.Notes = append(x.Trace.Notes, exchange.Note{IA: int8(r.byte()), By: r.text(), Text: r.text()})
	}
}

func (r *reader) ia() (ia IA) {
	h := r.take(iaSize)
	ia.IA = ident.IA{Type: ident.IAType(order.Uint16(h[0:])), ID: order.Uint32(h[2:])}
	ia.Status = iana.StatusCode(order.Uint16(h[6:]))
	flags := order.Uint16(h[8:])
	ia.Decided, ia.Silent, ia.Contested = flags&iaDecided != 0, flags&iaSilent != 0, flags&iaContested != 0
	ia.Retired = int(h[10])
	ia.By, ia.Reason, ia.Withheld = r.text(), r.text(), r.text()
	for range h[11] {
		ia.Grants = append(ia.Grants, r.grant())
	}
	for range h[12] {
		ia.Withdrawn = append(ia.Withdrawn, r.prefix())
	}
	if flags&iaBinding != 0 {
		ia.Had = r.had()
	}
	if flags&iaBarred != 0 {
		ia.Barred = r.holder()
	}
	if flags&iaEmpty != 0 {
		ia.Empty = r.text()
	}
	if flags&iaPool != 0 {
		ia.Pool = &Pool{r.text(), int(r.uint64()), float64(r.uint64())}
	}
	return ia
}

func (r *reader) had() (out []Held) {
	n, of := r.byte(), stage.Stage(r.byte())
	for range n {
		out = append(out, Held{r.prefix(), stateName(r.byte()), timeOf(r.uint64()), r.text(), of})
	}
	return out
}

func stateName(b uint8) string {
	if lease.State(b) == expired {
		return "expired"
	}
	return lease.State(b).String()
}

func (r *reader) grant() (g Grant) {
	h := r.take(grantSize)
	g.Prefix = prefixOf(h)
	g.Preferred, g.Valid = time.Duration(order.Uint64(h[prefixSize:])), time.Duration(order.Uint64(h[prefixSize+8:]))
	g.Pool = r.text()
	if h[prefixSize+16] != 0 {
		from := r.holder()
		g.From = &from
	}
	return g
}

func (r *reader) holder() (h Holder) {
	h.Prefix = r.prefix()
	state := r.byte()
	if state == notPresent {
		return h
	}
	h.State, h.Stage = stateName(state), stage.Stage(r.byte())
	h.MAC = ident.MAC(r.take(len(h.MAC)))
	h.Until = timeOf(r.uint64())
	h.Host, h.DUID = r.text(), ident.DUID(r.text())
	return h
}

func (r *reader) options(x *Record) {
	proposed, passed := r.byte(), r.byte()
	for range proposed {
		x.Options = append(x.Options, r.option())
	}
	for range passed {
		o := r.option()
		o.For = r.text()
		x.Options = append(x.Options, o)
	}
}

func (r *reader) option() Option {
	h := r.take(optionSize)
	return Option{
		Key:   exchange.OptionKey{Code: order.Uint16(h[0:]), Enterprise: order.Uint32(h[2:])},
		Level: exchange.Level(h[6]), Verdict: exchange.Verdict(h[7]), By: r.text(),
	}
}
