package frame

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/ident"
)

// kernel writes to a ring as the kernel does.
type kernel struct {
	*ring
	at uint64
}

// fake makes a tap without a socket.
func fake(slots int) (*Tap, *kernel) {
	r := newRing(make([]byte, slots*slotSize), nil)
	return &Tap{ring: r, table: newTable()}, &kernel{ring: r}
}

// fill writes a frame to a slot.
func fill(slot []byte, f frame) {
	const net = 80
	order := binary.NativeEndian
	order.PutUint16(slot[netAt:], net)
	order.PutUint32(slot[secondsAt:], uint32(f.stamp/1e9))
	order.PutUint32(slot[nanosAt:], uint32(f.stamp%1e9))
	order.PutUint32(slot[indexAt:], f.index)
	order.PutUint16(slot[hardwareAt:], unix.ARPHRD_ETHER)
	slot[macLengthAt] = byte(len(f.mac))
	copy(slot[macAt:], f.mac[:])
	copy(slot[net+sourceAt:], f.source[:])
}

// take gives the next slot, which done gives to the reader.
func (k *kernel) take() (slot []byte, done func()) {
	slot = k.slot(k.at)
	k.at++
	return slot, func() { status(slot).Store(unix.TP_STATUS_USER | unix.TP_STATUS_TS_SOFTWARE) }
}

func (k *kernel) write(f frame) {
	slot, done := k.take()
	fill(slot, f)
	done()
}

// nth is a frame that differs from the others.
func nth(i int) frame {
	return frame{key{1e9 + int64(i), clientAddress.As16(), 2}, ident.MAC{2, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)}}
}

func lookUp(t *Tap, f frame) ident.MAC {
	return t.MAC(f.index, netip.AddrFrom16(f.source), f.stamp)
}

func TestTheRingGoesRoundAndRound(t *testing.T) {
	tap, k := fake(16)
	for i := range 50 {
		for j := range 10 {
			k.write(nth(i*10 + j))
		}
		for j := range 10 {
			if f := nth(i*10 + j); lookUp(tap, f) != f.mac {
				t.Fatalf("frame %d is not found", i*10+j)
			}
		}
	}
	wantSeen(t, tap, 500)
}

func TestAFrameIsFoundBehindOneThatIsNotWritten(t *testing.T) {
	tap, k := fake(128)
	k.write(nth(0))
	slot, done := k.take() // another processor has this one
	k.write(nth(2))
	if f := nth(2); lookUp(tap, f) != f.mac {
		t.Error("the frame behind is not found")
	}
	if m := lookUp(tap, nth(1)); !m.IsZero() {
		t.Errorf("the frame that is not written is %v", m)
	}
	wantSeen(t, tap, 1) // what was found there is still in its place
	fill(slot, nth(1))
	done()
	for i := range 3 {
		if f := nth(i); lookUp(tap, f) != f.mac {
			t.Errorf("frame %d is not found", i)
		}
	}
	wantSeen(t, tap, 3)
}

func TestADatagramIsNotThatOfAnotherFrame(t *testing.T) {
	for name, change := range map[string]func(f *frame){
		"a nanosecond before": func(f *frame) { f.stamp-- },
		"a second later":      func(f *frame) { f.stamp += 1e9 },
		"another interface":   func(f *frame) { f.index++ },
		"another address":     func(f *frame) { f.source[15]++ },
	} {
		t.Run(name, func(t *testing.T) {
			tap, k := fake(16)
			f := nth(1)
			k.write(f)
			change(&f)
			if m := lookUp(tap, f); !m.IsZero() {
				t.Errorf("got %v, want nobody", m)
			}
		})
	}
}

func TestTwoFramesThatCannotBeToldApartAreNobodys(t *testing.T) {
	tap, k := fake(16)
	one, other := nth(1), nth(1)
	other.mac[5]++
	for _, f := range []frame{one, one, other, one} {
		k.write(f)
	}
	if m := lookUp(tap, one); !m.IsZero() {
		t.Errorf("got %v, want nobody", m)
	}
}

func TestTheTableHoldsWhatSocketsHold(t *testing.T) {
	const datagrams = 8192
	for _, apart := range []int64{1, 1000, 1 << 20, 1e6, 123456789} {
		table := newTable()
		at := func(i int) frame {
			f := nth(i)
			f.stamp = 1e9 + int64(i)*apart
			return f
		}
		for i := range 10 * datagrams {
			f := at(i)
			table.put(&f)
		}
		lost := 0
		for i := range datagrams {
			f := at(9*datagrams + i)
			if _, ok := table.get(&f.key); !ok {
				lost++
			}
		}
		if lost > datagrams/100 {
			t.Errorf("of the last %d frames, %d ns apart, %d are lost, want fewer than one in a hundred", datagrams, apart, lost)
		}
	}
}

func TestAFrameIsReadOnlyIfItIsEthernet(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(slot []byte) []byte
		want  bool
	}{
		"as it should be":          {func(s []byte) []byte { return s }, true},
		"of the loopback":          {func(s []byte) []byte { s[hardwareAt] = 4; s[hardwareAt+1] = 3; return s }, false},
		"of InfiniBand":            {func(s []byte) []byte { s[macLengthAt] = 20; return s }, false},
		"without an address":       {func(s []byte) []byte { clear(s[macAt : macAt+6]); return s }, false},
		"of a group":               {func(s []byte) []byte { s[macAt] |= 1; return s }, false},
		"beginning at the end":     {func(s []byte) []byte { s[netAt] = slotSize - ipv6Length + 1; return s }, false},
		"beginning far outside":    {func(s []byte) []byte { s[netAt], s[netAt+1] = 0xff, 0xff; return s }, false},
		"too short for its header": {func(s []byte) []byte { return s[:macAt+5] }, false},
	} {
		t.Run(name, func(t *testing.T) {
			slot := make([]byte, slotSize)
			fill(slot, nth(1))
			if f, ok := parse(test.spoil(slot)); ok != test.want || ok && f != nth(1) {
				t.Errorf("got %v, %t", f, ok)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	slot := make([]byte, slotSize)
	fill(slot, nth(1))
	f.Add(slot)
	f.Add(slot[:macAt+6])
	f.Fuzz(func(t *testing.T, slot []byte) {
		got, ok := parse(slot)
		if _, unicast := ident.MACFromBytes(got.mac[:]); ok && !unicast {
			t.Errorf("%x gives %v", slot, got.mac)
		}
	})
}
