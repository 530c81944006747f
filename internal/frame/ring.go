package frame

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The ring has room for what comes between two sweeps at 400,000 frames a
// second, in 1 MiB. A slot is as large as its headers and snapLength need.
const (
	slotSize   = 128
	blockSize  = 1 << 16
	blockCount = 16
	slotCount  = blockSize / slotSize * blockCount
)

// ring is the memory that the kernel writes frames to (PACKET_RX_RING of
// packet(7), version 2): slots of one size, in order, each with a status that
// says whose it is.
type ring struct {
	memory []byte
	slots  uint64 // a power of two
	head   uint64 // slots that were released, since the beginning
	unmap  func([]byte) error
}

// newRing makes a ring of memory, which unmap gives back.
func newRing(memory []byte, unmap func([]byte) error) *ring {
	return &ring{memory: memory, slots: uint64(len(memory) / slotSize), unmap: unmap}
}

// peek gives the slot of the frame that is n behind the oldest one, or nil if
// the kernel has not written it. It is valid until release.
func (r *ring) peek(n uint64) []byte {
	slot := r.slot(r.head + n)
	if status(slot).Load()&unix.TP_STATUS_USER == 0 {
		return nil
	}
	return slot
}

// release gives the oldest frame back to the kernel.
func (r *ring) release() {
	status(r.slot(r.head)).Store(unix.TP_STATUS_KERNEL)
	r.head++
}

func (r *ring) slot(i uint64) []byte {
	at := (i & (r.slots - 1)) * slotSize
	return r.memory[at : at+slotSize : at+slotSize]
}

// status is the first word of a slot. Loading it comes before reading the rest,
// and storing it after that, for the kernel on another processor, too.
func status(slot []byte) *atomic.Uint32 { return (*atomic.Uint32)(unsafe.Pointer(&slot[0])) }

func (r *ring) close() error { return r.unmap(r.memory) }
