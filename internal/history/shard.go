package history

import (
	"sync"
	"sync/atomic"
	"time"
)

// chunkSize is the unit of memory in octets. Most exchanges take three.
const chunkSize = 256

// What a record costs beside its chunks, and how many chunks it has on average, for
// dividing the memory.
const (
	overhead   = 48 + 24 + 8 + 8
	usualParts = 3
)

// What became of the changes that an exchange waited for, in the lowest bits of
// shard.disk.
const (
	diskNone uint64 = iota
	diskDone
	diskFailed
	diskFull
	diskBits = 2
)

// shard is a part of a ring. It holds no pointers into the heap but those of its own
// arrays, so that the garbage collector has nothing to do with what is kept.
type shard struct {
	mu         sync.Mutex
	perMachine uint32

	entries  []entry // entry 0 is none
	free     uint32  // the first entry that is not used, linked by newer
	kinds    [numKinds]chain
	disk     []atomic.Uint64 // serial, microseconds and how, by entry
	chunks   []byte
	next     []uint32 // of the chunk, or the next free one; chunk 0 is none
	freeAt   uint32
	nFree    int
	machines []machine // machine 0 is none
	freeID   uint32
	buckets  []uint32 // of machines, by key
}

// entry is one exchange.
type entry struct {
	seq          uint64
	at           int64
	serial, size uint32
	chunk        uint32
	machine      uint32
	kind         kind
	older, newer uint32 // of the kind
	before       uint32 // of the machine, the next older one
	after        uint32 // likewise, newer
}

// machine is who the exchanges are of.
type machine struct {
	key            uint64
	oldest, newest uint32
	n              uint32
	next           uint32 // of the bucket, or free
}

// kind is who an exchange is of, as far as that says whose goes first.
type kind uint8

const (
	strangers kind = iota // can be as many as somebody likes to make up
	known                 // hosts
	numKinds
)

// chain is the list of the entries of a kind.
type chain struct{ oldest, newest, n uint32 }

func newShard(memory, perMachine int) *shard {
	n := max(memory/(overhead+usualParts*(chunkSize+4)), 8)
	chunks := max((memory-n*overhead)/(chunkSize+4), n)
	s := &shard{
		perMachine: uint32(perMachine),
		entries:    make([]entry, n+1), disk: make([]atomic.Uint64, n+1),
		machines: make([]machine, n+1), buckets: make([]uint32, n|1),
		chunks: make([]byte, (chunks+1)*chunkSize), next: make([]uint32, chunks+1), nFree: chunks,
	}
	for i := 1; i < n; i++ {
		s.entries[i].newer, s.machines[i].next = uint32(i+1), uint32(i+1)
	}
	for i := 1; i < chunks; i++ {
		s.next[i] = uint32(i + 1)
	}
	s.free, s.freeID, s.freeAt = 1, 1, 1
	return s
}

// put keeps a record, in the place of the oldest of its machine if that has too
// many, and of those that go first where there is no room. It gives 0 for a record
// that is larger than the shard.
func (s *shard) put(of who, seq uint64, at int64, blob []byte) (index, serial uint32) {
	want := (len(blob) + chunkSize - 1) / chunkSize
	if want > len(s.next)-1 {
		return 0, 0
	}
	if m := s.find(of.key); m != 0 && s.machines[m].n >= s.perMachine {
		s.drop(s.machines[m].oldest)
	}
	for s.free == 0 || s.nFree < want {
		s.drop(s.first())
	}
	index = s.free
	e := &s.entries[index]
	s.free = e.newer
	*e = entry{seq: seq, at: at, serial: e.serial + 1, size: uint32(len(blob)), chunk: s.write(blob), kind: of.kind, older: s.kinds[of.kind].newest}
	s.disk[index].Store(uint64(e.serial) << serialBits)
	s.join(index, of.key)
	return index, e.serial
}

// first gives the entry that goes first: the oldest one, but none of a known host's
// while there are more of strangers, so that nobody who makes machines up has those
// forgotten that there are.
func (s *shard) first() uint32 {
	a, b := &s.kinds[strangers], &s.kinds[known]
	switch {
	case a.n == 0:
		return b.oldest
	case b.n == 0 || a.n > b.n || s.entries[a.oldest].seq < s.entries[b.oldest].seq:
		return a.oldest
	}
	return b.oldest
}

// write copies a record into chunks and gives the first.
func (s *shard) write(blob []byte) (first uint32) {
	at := &first
	for len(blob) > 0 {
		id := s.freeAt
		s.freeAt = s.next[id]
		s.nFree--
		n := copy(s.chunks[int(id)*chunkSize:int(id+1)*chunkSize], blob)
		blob = blob[n:]
		*at = id
		at = &s.next[id]
	}
	*at = 0
	return first
}

// read appends a record to dst.
func (s *shard) read(dst []byte, e *entry) []byte {
	left := int(e.size)
	for id := e.chunk; left > 0; id = s.next[id] {
		n := min(left, chunkSize)
		dst = append(dst, s.chunks[int(id)*chunkSize:int(id)*chunkSize+n]...)
		left -= n
	}
	return dst
}

// settle notes what became of what an entry waited for, unless it is gone.
func (s *shard) settle(index, serial uint32, how uint64, after time.Duration) {
	micros := uint64(min(max(after.Microseconds(), 0), 1<<(serialBits-diskBits)-1))
	s.disk[index].CompareAndSwap(uint64(serial)<<serialBits, uint64(serial)<<serialBits|micros<<diskBits|how)
}
