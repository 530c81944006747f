package stage

import (
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/stage"
)

const (
	buckets = 1 << 14
	ways    = 4 // entries in a bucket
)

// memory remembers the stage in which each of the last 65,536 clients began to
// speak. It takes no lock: an entry that is torn by two writers at once is one
// that is not found.
type memory struct {
	seed    maphash.Seed
	entries [buckets * ways]entryOf
}

// entryOf is the stage of one client.
type entryOf struct {
	id    atomic.Uint64 // of the client; 0 is none
	value atomic.Uint64 // seconds since 1970, shifted, and the stage
}

const stageBits = 8

func newMemory() *memory { return &memory{seed: maphash.MakeSeed()} }

// id gives the id of the client that an exchange is with: its DUID, address and
// MAC, so that nobody who copies the DUID alone speaks for it. Nobody who does
// not know the seed can make two clients of one id.
func (m *memory) id(x *pipeline.Exchange) uint64 {
	var h maphash.Hash
	h.SetSeed(m.seed)
	mac, addr := x.MAC(), x.ClientAddr().As16()
	_, _ = h.Write(mac[:]) // never fails
	_, _ = h.Write(addr[:])
	_, _ = h.Write(x.ClientID())
	return max(h.Sum64(), 1)
}

func (m *memory) bucket(id uint64) []entryOf {
	at := id % buckets * ways
	return m.entries[at : at+ways]
}

// get gives the stage of a client, or Unknown.
func (m *memory) get(id uint64) stage.Stage {
	b := m.bucket(id)
	for i := range b {
		if b[i].id.Load() == id {
			return stage.Stage(b[i].value.Load() & (1<<stageBits - 1))
		}
	}
	return stage.Unknown
}

// put remembers the stage of a client, in the place of the one of its bucket that
// has been silent for longest.
func (m *memory) put(id uint64, s stage.Stage, now time.Time) {
	b := m.bucket(id)
	at := &b[0]
	for i := range b {
		if b[i].id.Load() == id {
			at = &b[i]
			break
		}
		if b[i].value.Load() < at.value.Load() {
			at = &b[i]
		}
	}
	at.id.Store(id)
	at.value.Store(uint64(now.Unix())<<stageBits | uint64(s))
}
