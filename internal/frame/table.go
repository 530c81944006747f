package frame

import (
	"math/rand/v2"

	"github.com/stage6/stage6/ident"
)

// The table has room for more frames than sockets hold datagrams. A set is
// small enough to be searched, and large enough that a few frames more than
// others get do not push out what is still to be asked for.
const (
	setBits  = 12
	setSlots = 8
)

// table keeps the last frames, by key. A key has its place in one of many
// sets, where the newest frame takes the place of the oldest. Which set that is
// hangs on the time to the nanosecond and a random number, so that nobody can
// send frames that push out another's. They are mixed well, since frames at even
// distances of time would crowd in few sets after a mere multiplication.
type table struct {
	seed uint64
	sets []set
}

// set has the times apart from the rest, in one line of the processor's cache.
type set struct {
	stamps [setSlots]int64
	frames [setSlots]frame
	oldest uint8
}

func newTable() *table {
	return &table{seed: rand.Uint64(), sets: make([]set, 1<<setBits)}
}

func (t *table) set(k *key) *set { return &t.sets[mix(uint64(k.stamp)+t.seed)>>(64-setBits)] }

// mix is the last step of SplitMix64, each bit of which hangs on all of x
// (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// get gives the address of a frame.
func (t *table) get(k *key) (ident.MAC, bool) {
	f := t.set(k).find(k)
	if f == nil || f.mac.IsZero() {
		return ident.MAC{}, false
	}
	return f.mac, true
}

// put adds a frame. Of two with the same key and different addresses neither is
// known to be the datagram's.
func (t *table) put(f *frame) {
	s := t.set(&f.key)
	if other := s.find(&f.key); other != nil {
		if other.mac != f.mac {
			other.mac = ident.MAC{}
		}
		return
	}
	s.stamps[s.oldest], s.frames[s.oldest] = f.stamp, *f
	s.oldest = (s.oldest + 1) % setSlots
}

func (s *set) find(k *key) *frame {
	for i, stamp := range s.stamps {
		if stamp == k.stamp && s.frames[i].key == *k {
			return &s.frames[i]
		}
	}
	return nil
}
