// Package history keeps the last exchanges in a bounded memory, for who asks later
// what became of a machine's messages. What is kept is raw: the datagram, the reply
// and a compact form of what the server knew; everything for people is made of it
// when it is read.
package history

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// Options bound what a ring keeps. A zero field means its default.
type Options struct {
	Memory     int // octets, all in all; 16 MiB
	PerMachine int // exchanges of one machine; 32
}

const (
	defaultMemory     = 16 << 20
	defaultPerMachine = 32
	shardMemory       = 1 << 20 // what a shard has at least, if there are several
	maxShards         = 8
)

// Ring keeps exchanges: the oldest go first, those of a machine that sends a lot
// before those of others, and those of unknown machines, while they are more than
// half, before those of known hosts. Keeping one neither allocates nor waits. It is safe for
// concurrent use; a nil ring keeps nothing.
type Ring struct {
	seed   maphash.Seed
	shards []*shard
	seq    atomic.Uint64
	missed atomic.Uint64
	casts  casts

	reading sync.Mutex // held by who reads, so that at most one shard is busy with that
}

// New makes a ring.
func New(o Options) *Ring {
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	if o.PerMachine <= 0 {
		o.PerMachine = defaultPerMachine
	}
	n := min(max(o.Memory/shardMemory, 2), maxShards)
	r := &Ring{seed: maphash.MakeSeed()}
	for range n {
		r.shards = append(r.shards, newShard(o.Memory/n, o.PerMachine))
	}
	return r
}

// Ref names an exchange that was kept, for a while. The zero value is none.
type Ref uint64

const (
	serialBits = 32
	indexBits  = 24
)

func newRef(shard int, index, serial uint32) Ref {
	return Ref(uint64(shard)<<(serialBits+indexBits) | uint64(index)<<serialBits | uint64(serial))
}

func (f Ref) parts() (shard int, index, serial uint32) {
	return int(f >> (serialBits + indexBits)), uint32(f>>serialBits) & (1<<indexBits - 1), uint32(f)
}

// machineBytes gives the key of a machine by what it is called. Exchanges of one key
// go before others when the machine has too many.
func (r *Ring) machineBytes(name []byte) uint64 { return maphash.Bytes(r.seed, name) }

// machineOf is machineBytes for a text.
func (r *Ring) machineOf(name string) uint64 { return maphash.String(r.seed, name) }

// scale gives a number below n for a hash, all as often as each other and without
// dividing.
func scale(hash uint32, n int) uint64 { return uint64(hash) * uint64(n) >> 32 }

// put keeps an exchange of a machine. Where a shard is being used by somebody else
// another one takes it.
func (r *Ring) put(machine who, when int64, blob []byte) Ref {
	seq := r.seq.Add(1)
	at := int(scale(uint32(machine.key>>32), len(r.shards)))
	for range r.shards {
		s := r.shards[at]
		if !s.mu.TryLock() {
			at = (at + 1) % len(r.shards)
			continue
		}
		index, serial := s.put(machine, seq, when, blob)
		s.mu.Unlock()
		if index == 0 {
			break
		}
		return newRef(at, index, serial)
	}
	r.missed.Add(1)
	return 0
}

// Durable notes that what an exchange waited for is on the disk, after so long.
func (r *Ring) Durable(f Ref, after time.Duration) { r.settle(f, diskDone, after) }

// Failed notes that it could not be made durable, so that there was no reply.
func (r *Ring) Failed(f Ref, after time.Duration) { r.settle(f, diskFailed, after) }

// Refused notes that too much waited for the disk, so that there was no reply.
func (r *Ring) Refused(f Ref) { r.settle(f, diskFull, 0) }

func (r *Ring) settle(f Ref, how uint64, after time.Duration) {
	if r == nil || f == 0 {
		return
	}
	shard, index, serial := f.parts()
	r.shards[shard].settle(index, serial, how, after)
}

// Missed gives how many exchanges were not kept, since all places for them were
// busy.
func (r *Ring) Missed() uint64 {
	if r == nil {
		return 0
	}
	return r.missed.Load()
}

// Last gives the number of the newest exchange.
func (r *Ring) Last() uint64 {
	if r == nil {
		return 0
	}
	return r.seq.Load()
}
