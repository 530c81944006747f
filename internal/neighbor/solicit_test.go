package neighbor

import (
	"errors"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/ident"
)

// link is a link on which nobody answers before the test says so.
type link struct {
	*Table
	now   time.Time
	sent  []netip.Addr
	fails bool
}

func newLink() *link {
	l := &link{now: time.Unix(1e9, 0)}
	l.Table = newTable(quietLog(), func() time.Time { return l.now }, func(_ uint32, a netip.Addr) error {
		if l.fails {
			return errors.New("no such interface")
		}
		l.sent = append(l.sent, a)
		return nil
	})
	return l
}

func quietLog() *logrus.Entry {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return logrus.NewEntry(log)
}

func (l *link) answer(index uint32, a netip.Addr, m ident.MAC) { l.set(key{a.As16(), index}, m) }

var (
	ann    = netip.MustParseAddr("fe80::a")
	bob    = netip.MustParseAddr("fe80::b")
	annMAC = ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1}
	bobMAC = ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 2}
)

// isClosed says whether a channel is closed.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// numbered makes up a neighbour.
func numbered(i int) netip.Addr {
	a := ann.As16()
	a[8], a[9], a[10] = byte(i>>16), byte(i>>8), byte(i)
	return netip.AddrFrom16(a)
}

func TestTheAnswerEndsTheWaiting(t *testing.T) {
	l := newLink()
	first, second := l.Solicit(1, ann), l.Solicit(1, ann.WithZone("prov0"))
	if first == nil || second != first || len(l.sent) != 1 {
		t.Fatalf("got %v and %v, after asking %v", first, second, l.sent)
	}
	l.answer(2, ann, bobMAC) // on another link
	l.answer(1, bob, bobMAC)
	if isClosed(first) || !l.MAC(1, ann).IsZero() {
		t.Error("others answered for the neighbour")
	}
	l.answer(1, ann, annMAC)
	if !isClosed(first) || l.MAC(1, ann) != annMAC {
		t.Errorf("the neighbour is %v, want %v", l.MAC(1, ann), annMAC)
	}
}

func TestWhoIsKnownByNowIsNotAsked(t *testing.T) {
	l := newLink()
	l.answer(1, ann, annMAC)
	if c := l.Solicit(1, ann); c == nil || !isClosed(c) || len(l.sent) != 0 {
		t.Errorf("asked %v", l.sent)
	}
}

func TestWhoDoesNotAnswerIsAskedOnceASecond(t *testing.T) {
	l := newLink()
	for _, step := range []struct {
		passed time.Duration
		wait   bool
		asked  int
	}{
		{0, true, 1},
		{patience - 1, true, 1},
		{patience, false, 1},
		{askAgain - 1, false, 1},
		{askAgain, true, 2},
	} {
		l.now = time.Unix(1e9, 0).Add(step.passed)
		if c := l.Solicit(1, ann); (c != nil) != step.wait || len(l.sent) != step.asked {
			t.Errorf("after %v: to wait for %v, asked %d times; want %v, %d", step.passed, c, len(l.sent), step.wait, step.asked)
		}
	}
	if len(l.asked.open) != 1 || len(l.asked.inOrder) != 1 {
		t.Errorf("what was asked long ago is kept: %v", l.asked)
	}
}

func TestQuestionsAreBoundedOnEachLink(t *testing.T) {
	l := newLink()
	for i := range atOnce {
		if l.Solicit(1, numbered(i)) == nil {
			t.Fatalf("number %d is not asked", i)
		}
	}
	if l.Solicit(1, bob) != nil || l.refused.Load() != 1 {
		t.Errorf("one more is asked; %d refused", l.refused.Load())
	}
	if l.Solicit(2, bob) == nil {
		t.Error("on another link nobody is asked")
	}
	l.now = l.now.Add(time.Second / perSecond)
	if l.Solicit(1, bob) == nil {
		t.Error("later nobody is asked")
	}
	if l.Solicit(1, numbered(atOnce)) != nil {
		t.Error("more are asked than time has passed for")
	}
	l.answer(1, numbered(7), annMAC)
	if l.Solicit(1, numbered(atOnce)) == nil {
		t.Error("nobody is asked in the place of one that has answered")
	}
}

func TestNobodyWaitsForWhatTheKernelDoesNotAsk(t *testing.T) {
	l := newLink()
	l.fails = true
	if c := l.Solicit(1, ann); c != nil || l.failed.Load() != 1 || len(l.asked.open) != 0 {
		t.Errorf("got %v, %d failures", c, l.failed.Load())
	}
}

func TestWhatIsKnownIsBounded(t *testing.T) {
	l := newLink()
	for i := range maxEntries + 10 {
		l.answer(1, numbered(i), annMAC)
	}
	if n := l.len(); n != maxEntries {
		t.Errorf("%d neighbours are known, want %d", n, maxEntries)
	}
	if last := l.MAC(1, numbered(maxEntries+9)); last != annMAC {
		t.Errorf("the last one is %v, want %v", last, annMAC)
	}
}

func TestALookUpAllocatesNothing(t *testing.T) {
	l := newLink()
	l.answer(1, ann, annMAC)
	from := ann.WithZone("7")
	if n := testing.AllocsPerRun(100, func() { l.MAC(1, from) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMAC(b *testing.B) {
	l := newLink()
	for i := range 1000 {
		l.answer(1, numbered(i), annMAC)
	}
	a := numbered(7).WithZone("7")
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			l.MAC(1, a)
		}
	})
}
