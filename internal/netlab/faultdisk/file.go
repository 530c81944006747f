package faultdisk

import (
	"bytes"
	"math/rand/v2"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// sector is what a disk writes whole or not at all, in octets.
const sector = 512

// file is a file as programs see it, and as it was when it was last synced.
type file struct {
	live, durable []byte
	dirty         map[int]struct{} // sectors of live that were written since
	mode          uint32
	owner         fuse.Owner
}

func newFile(mode uint32, owner fuse.Owner) *file {
	return &file{dirty: map[int]struct{}{}, mode: mode, owner: owner}
}

// write writes at an offset.
func (f *file) write(at int, data []byte) {
	if end := at + len(data); end > len(f.live) {
		f.resize(end)
	}
	copy(f.live[at:], data)
	f.soil(at, at+len(data))
}

// resize cuts the file or fills it up with zeros.
func (f *file) resize(size int) {
	before := len(f.live)
	if size > before {
		f.live = append(f.live, make([]byte, size-before)...)
		f.soil(before, size)
		return
	}
	f.live = f.live[:size]
}

// soil notes that octets from, up to another, were written.
func (f *file) soil(from, to int) {
	for s := from / sector; s*sector < to; s++ {
		f.dirty[s] = struct{}{}
	}
}

// sync makes durable what was written.
func (f *file) sync() {
	f.durable = resized(f.durable, len(f.live))
	for s := range f.dirty {
		f.take(f.durable, s)
	}
	clear(f.dirty)
}

// take copies a sector of what programs see, as far as it goes.
func (f *file) take(to []byte, s int) {
	from, end := s*sector, min((s+1)*sector, len(f.live), len(to))
	if from < end {
		copy(to[from:end], f.live[from:end])
	}
}

// crashed gives the file as it is after a loss of power.
func (f *file) crashed(chance *rand.Rand) *file {
	size := len(f.durable)
	switch n := len(f.live); {
	case chance.IntN(3) == 0:
		size = n
	case n > size && chance.IntN(2) == 0:
		size += chance.IntN(n - size)
	}
	after := newFile(f.mode, f.owner)
	after.durable = resized(bytes.Clone(f.durable), size)
	share := chance.IntN(101)
	for s := range (len(f.live) + sector - 1) / sector {
		if _, dirty := f.dirty[s]; dirty && chance.IntN(100) < share {
			f.take(after.durable, s)
		}
	}
	after.live = bytes.Clone(after.durable)
	return after
}

// resized gives b with another length; what is new is zero.
func resized(b []byte, size int) []byte {
	if size <= len(b) {
		return b[:size]
	}
	return append(b, make([]byte, size-len(b))...)
}
