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
	return taker{
		s.mix(0, maphash.Bytes(s.text[0], duid), ia),
		s.mix(2, maphash.Bytes(s.text[1], duid), ia),
	}
}

// takerOf is taker for the key of a record.
func (s *seeds) takerOf(k *lease.Key) taker {
	return taker{s.key(k), s.mix(2, maphash.String(s.text[1], string(k.DUID)), k.IA)}
}

// key gives the first half of takerOf, by which records are found.
func (s *seeds) key(k *lease.Key) uint64 {
	return s.mix(0, maphash.String(s.text[0], string(k.DUID)), k.IA)
}

func (s *seeds) mix(word int, duid uint64, ia ident.IA) uint64 {
	return fold(duid^s.words[word], uint64(ia.Type)<<32^uint64(ia.ID)^s.words[word+1])
}

func (s *seeds) place(p place) uint64 {
	return fold(fold(p.hi^s.words[0], p.lo^s.words[1])^uint64(p.bits), s.words[2])
}

func (s *seeds) host(name string) uint64 { return maphash.String(s.text[0], name) }

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
