package bindings

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// taker stands for a binding key: a hash of 128 bits with secret seeds, so that
// nobody can find two keys with the same.
type taker [2]uint64

// seeds are the secrets of a table's hashes.
type seeds struct {
	text  [2]maphash.Seed
	words [4]uint64
}

func newSeeds() (s seeds) {
	for i := range s.text {
		s.text[i] = maphash.MakeSeed()
	}
	for i := range s.words {
		s.words[i] = maphash.Bytes(maphash.MakeSeed(), nil) | 1
	}
	return s
}

// fold mixes two words so that each bit of the result depends on all of both.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

func (s *seeds) taker(duid []byte, ia ident.IA) taker {
	n := uint64(ia.Type)<<32 | uint64(ia.ID)
	return taker{
		fold(maphash.Bytes(s.text[0], duid)^s.words[0], n^s.words[1]),
		fold(maphash.Bytes(s.text[1], duid)^s.words[2], n^s.words[3]),
	}
}

func (s *seeds) place(p place) uint64 {
	return fold(fold(p.hi^s.words[0], p.lo^s.words[1])^uint64(p.bits), s.words[2])
}

func (s *seeds) host(name string) uint64 { return maphash.String(s.text[0], name) }

// takerOf gives the taker of a record's key.
func (t *Table) takerOf(k *lease.Key) taker {
	var buf [ident.MaxDUIDLen]byte
	return t.seeds.taker(append(buf[:0], k.DUID...), k.IA)
}

// stableHash is the same in every process and at all times.
func stableHash(duid []byte, ia ident.IA) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a
	var tail [6]byte
	binary.BigEndian.PutUint16(tail[:], uint16(ia.Type))
	binary.BigEndian.PutUint32(tail[2:], ia.ID)
	h := uint64(offset)
	for _, c := range duid {
		h = (h ^ uint64(c)) * prime
	}
	for _, c := range tail {
		h = (h ^ uint64(c)) * prime
	}
	return fold(h, 0x9e3779b97f4a7c15)
}
