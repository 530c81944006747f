package front

import (
	"context"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/committer"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/pipeline"
)

// latecomer is a source of identity that does not know anybody before it is
// told. It notes whom the plugins behind it see.
type latecomer struct {
	told  atomic.Bool
	known chan struct{}
	seen  chan ident.MAC
}

var lateMAC = ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1}

func (l *latecomer) tell() {
	l.told.Store(true)
	close(l.known)
}

func (l *latecomer) Identify(x *pipeline.Exchange) {
	if l.told.Load() {
		x.AddEvidence(ident.Evidence{Kind: ident.EvidenceMAC, MAC: lateMAC, Trusted: true})
	}
}

func (l *latecomer) Await(*pipeline.Exchange) <-chan struct{} { return l.known }

func (*latecomer) Handle(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
	return pipeline.Continue, nil
}

func (l *latecomer) note(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	l.seen <- x.MAC()
	return pipeline.Continue, nil
}

// parked runs a test of a rig whose server asks a latecomer.
func parked(t *testing.T, test func(*rig, *latecomer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &latecomer{known: make(chan struct{}), seen: make(chan ident.MAC, 2000)}
		test(newRig(t, committer.Options{}, &server.Step{Name: "identify", Handler: l},
			&server.Step{Name: "note", Handler: pipeline.HandlerFunc(l.note)}), l)
	})
}

// saw wants a client to have been who it is now.
func (l *latecomer) saw(t *testing.T, want ident.MAC) {
	t.Helper()
	if got := <-l.seen; got != want {
		t.Errorf("the client was %v, want %v", got, want)
	}
}

// from gives a packet another sender and interface.
func from(p listen.Packet, port uint16, index uint32) listen.Packet {
	p.Peer, p.Interface = netip.AddrPortFrom(p.Peer.Addr(), port), index
	return p
}

// quiet lets everything happen that can without time passing, and wants no
// reply from it.
func (r *rig) quiet() {
	r.t.Helper()
	synctest.Wait()
	r.silent()
}

// wantMetrics wants the metrics of the parking to have values.
func (r *rig) wantMetrics(want map[string]float64) {
	r.t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(r.front)
	families, err := registry.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			got[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestWhatWaitsIsCounted(t *testing.T) {
	parked(t, func(r *rig, l *latecomer) {
		r.conn.in <- []listen.Packet{ask(1)}
		r.reply(1)
		for port := range uint16(maxParkedThere) {
			r.conn.in <- []listen.Packet{from(ask(1), port+1, 1)}
		}
		r.quiet()
		r.conn.in <- []listen.Packet{ask(2)}
		r.reply(2)
		r.wantMetrics(map[string]float64{
			"stage6_front_parked": maxParkedThere, "stage6_front_parked_total known": 0, "stage6_front_parked_total late": 1,
			"stage6_front_parked_total plugin": 0, "stage6_front_parking_full_total": 1,
		})
		l.tell()
		synctest.Wait()
		r.wantMetrics(map[string]float64{
			"stage6_front_parked": 0, "stage6_front_parked_total known": maxParkedThere, "stage6_front_parked_total late": 1,
			"stage6_front_parked_total plugin": 0, "stage6_front_parking_full_total": 1,
		})
	})
}

func TestAnExchangeComesBackWhenItsEvidenceDoes(t *testing.T) {
	parked(t, func(r *rig, l *latecomer) {
		r.conn.in <- []listen.Packet{ask(1)}
		r.quiet()
		l.tell()
		r.reply(1)
		l.saw(r.t, lateMAC)
		r.counted("received_information-request", 1)
		r.counted("sent_reply", 1)
	})
}

func TestAnExchangeWaitsAQuarterOfASecondAndOnce(t *testing.T) {
	parked(t, func(r *rig, l *latecomer) {
		begun := time.Now()
		r.conn.in <- []listen.Packet{ask(1)}
		r.reply(1)
		if took := time.Since(begun); took != maxWait {
			r.t.Errorf("it took %v, want %v", took, maxWait)
		}
		l.saw(r.t, ident.MAC{})
	})
}

func TestWhatIsKeptOfAParkedDatagramIsACopy(t *testing.T) {
	parked(t, func(r *rig, l *latecomer) {
		p := ask(1)
		r.conn.in <- []listen.Packet{p}
		r.quiet()
		clear(p.Data) // as the next batch does
		l.tell()
		r.reply(1)
	})
}

func TestNobodyElseIsKeptWaiting(t *testing.T) {
	parked(t, func(r *rig, l *latecomer) {
		r.conn.in <- []listen.Packet{ask(1)}
		r.quiet()
		begun := time.Now()
		l.told.Store(true) // of those who come now
		r.conn.in <- []listen.Packet{ask(2), ask(3)}
		r.reply(2)
		r.reply(3)
		if took := time.Since(begun); took != 0 {
			r.t.Errorf("it took %v", took)
		}
	})
}

func TestARetransmissionOfWhatIsParkedIsDropped(t *testing.T) {
	parked(t, func(r *rig, l *latecomer) {
		again := message(dhcpv6.MessageTypeInformationRequest, 1, 0)
		again.Data = append(again.Data, 0, 8, 0, 2, 0, 100) // Elapsed Time
		r.conn.in <- []listen.Packet{ask(1), again}
		r.counted("dropped_"+server.DropAlreadyWaiting, 1)
		l.tell()
		r.reply(1)
		r.quiet()
		r.conn.in <- []listen.Packet{again} // its reply was lost
		r.reply(1)
	})
}

func TestOfTwoClientsWithOneTransactionIDBothWait(t *testing.T) {
	parked(t, func(r *rig, l *latecomer) {
		r.conn.in <- []listen.Packet{ask(1), from(ask(1), 1546, 1)}
		r.quiet()
		l.tell()
		r.reply(1)
		r.reply(1)
	})
}

func TestAParkedReplyThatGrantsLeavesWhenTheLeaseIsDurable(t *testing.T) {
	parked(t, func(r *rig, l *latecomer) {
		r.conn.in <- []listen.Packet{request(1, 1)}
		r.quiet()
		l.tell()
		r.quiet()
		r.store.results <- nil
		r.reply(1)
	})
}

func TestWhoFindsNoPlaceToWaitIsServedAtOnce(t *testing.T) {
	parked(t, func(r *rig, l *latecomer) {
		for port := range uint16(maxParkedThere) {
			r.conn.in <- []listen.Packet{from(ask(1), port+1, 1)}
		}
		r.quiet()
		r.conn.in <- []listen.Packet{ask(2)}
		r.reply(2)
		l.saw(r.t, ident.MAC{})
		r.conn.in <- []listen.Packet{from(ask(3), 546, 2)} // another link has places
		r.quiet()
		l.tell()
		for range maxParkedThere + 1 {
			l.saw(r.t, lateMAC)
		}
	})
}

func TestWhatWaitsOnAllLinksIsBounded(t *testing.T) {
	parked(t, func(r *rig, l *latecomer) {
		for i := range uint32(maxParked) {
			r.conn.in <- []listen.Packet{from(ask(1), uint16(i+1), 1+i/maxParkedThere)}
		}
		r.quiet()
		r.conn.in <- []listen.Packet{from(ask(2), 546, 99)}
		r.reply(2)
		l.saw(r.t, ident.MAC{})
	})
}

func TestWhatWaitsWhenTheSocketIsClosedIsDropped(t *testing.T) {
	parked(t, func(r *rig, l *latecomer) {
		r.conn.in <- []listen.Packet{ask(1)}
		r.quiet()
		begun := time.Now()
		r.hangUp()
		err := <-r.ended
		if took := time.Since(begun); err != nil || took != 0 {
			r.t.Errorf("it took %v, %v", took, err)
		}
		r.ended <- nil
		r.silent()
		r.counted("dropped_"+server.DropSocketClosed, 1)
	})
}
