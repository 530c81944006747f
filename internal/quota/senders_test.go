package quota

import (
	"testing"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/pipeline"
)

// adds has senders each hold so many addresses that nobody else has.
func adds(ss *senders, from, to uint64, each int) {
	for who := from; who < to; who++ {
		for i := range each {
			h := held{client: who}
			h.first[0] = byte(i)
			ss.add(who, defaultPerSender, h)
		}
	}
}

func TestWhoHasManyIsNotForgottenForWhoHasFew(t *testing.T) {
	ss := newSenders()
	adds(ss, 0, 4, defaultPerSender)
	adds(ss, 1000, 1000+4*maxHeld, 1)
	if ss.held > maxHeld || len(ss.of) > maxHeld {
		t.Errorf("%d leases of %d senders are remembered, want at most %d", ss.held, len(ss.of), maxHeld)
	}
	total := 0
	for who := range uint64(4) {
		if s := ss.of[who]; s != nil {
			total += len(s.held)
		}
	}
	if total != 4*defaultPerSender {
		t.Errorf("%d leases of four senders with many are remembered, want all %d", total, 4*defaultPerSender)
	}
}

func TestASenderIsNotCountedBeyondItsMost(t *testing.T) {
	ss := newSenders()
	adds(ss, 0, 1, 1000)
	adds(ss, 0, 1, 1000)
	if n := len(ss.of[0].held); n != defaultPerSender {
		t.Errorf("%d leases of a sender are remembered, want %d", n, defaultPerSender)
	}
	x := &pipeline.Exchange{}
	x.Core().(*exchange.State).Reset(exchange.Arrival{})
	if n := ss.count(x, 1, 5); n != 0 {
		t.Errorf("%d leases of an unknown sender", n)
	}
}
