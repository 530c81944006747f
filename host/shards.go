package host

import (
	"hash/maphash"
	"maps"
	"net/netip"
	"sync/atomic"

	"github.com/stage6/stage6/ident"
)

// shardCount is how many parts a map has that changes while it is read: with
// 100,000 entries a change copies a hundred.
const shardCount = 1 << 10

// shards is a map that is read without a lock while one goroutine changes it: a
// change puts a copy of one part in the place of that. Who reads gives the hash
// of the key, so that octets need not become a string.
type shards[K comparable, V any] struct {
	hash  func(maphash.Seed, K) uint64
	seed  maphash.Seed
	alone bool // nobody reads yet: changes need no copy
	size  atomic.Int64
	parts []atomic.Pointer[map[K]V]
}

func newShards[K comparable, V any](hash func(maphash.Seed, K) uint64) *shards[K, V] {
	return &shards[K, V]{
		hash: hash, seed: maphash.MakeSeed(), alone: true,
		parts: make([]atomic.Pointer[map[K]V], shardCount),
	}
}

// at gives the part for keys of a hash, which may be nil.
func (s *shards[K, V]) at(hash uint64) map[K]V {
	if m := s.parts[hash%shardCount].Load(); m != nil {
		return *m
	}
	return nil
}

// get gives the value of a key. Of many kinds of keys no host has any: those are not
// hashed.
func (s *shards[K, V]) get(key K) (value V, ok bool) {
	if s.len() == 0 {
		return value, false
	}
	value, ok = s.at(s.hash(s.seed, key))[key]
	return value, ok
}

func (s *shards[K, V]) len() int { return int(s.size.Load()) }

// set enters a value, in the place of another one if there is one.
func (s *shards[K, V]) set(key K, value V) {
	s.change(key, func(m map[K]V) { m[key] = value })
}

// remove takes a key out.
func (s *shards[K, V]) remove(key K) {
	s.change(key, func(m map[K]V) { delete(m, key) })
}

func (s *shards[K, V]) change(key K, f func(map[K]V)) {
	part := &s.parts[s.hash(s.seed, key)%shardCount]
	next := map[K]V{}
	if m := part.Load(); m != nil {
		if next = *m; !s.alone {
			next = maps.Clone(next)
		}
	}
	before := len(next)
	f(next)
	s.size.Add(int64(len(next) - before))
	part.Store(&next)
}

// each calls f with every entry until it gives false.
func (s *shards[K, V]) each(f func(K, V) bool) {
	for i := range s.parts {
		m := s.parts[i].Load()
		if m == nil {
			continue
		}
		for k, v := range *m {
			if !f(k, v) {
				return
			}
		}
	}
}

func hashText[T ~string](seed maphash.Seed, text T) uint64 {
	return maphash.String(seed, string(text))
}

func hashMAC(seed maphash.Seed, m ident.MAC) uint64 { return maphash.Bytes(seed, m[:]) }

func hashUUID(seed maphash.Seed, u ident.UUID) uint64 { return maphash.Bytes(seed, u[:]) }

func hashClient(seed maphash.Seed, k clientKey) uint64 {
	return hashText(seed, k.duid) + uint64(k.iaid)
}

// hashClientOctets is hashClient for a DUID that is not a string.
func hashClientOctets(seed maphash.Seed, duid []byte, iaid uint32) uint64 {
	return maphash.Bytes(seed, duid) + uint64(iaid)
}

func hashPrefix(seed maphash.Seed, p netip.Prefix) uint64 {
	a := p.Addr().As16()
	return maphash.Bytes(seed, a[:]) ^ uint64(p.Bits())
}
