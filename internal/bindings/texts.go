package bindings

import (
	"hash/maphash"
	"sync"
)

// texts remembers the texts of clients that were read lately, their DUIDs and names,
// so that the same text need not be made again of its octets. It is a bounded memory:
// one text takes the place of another by chance, of few while there are fewer than
// 100,000. It is safe for concurrent use.
type texts struct {
	seed   maphash.Seed
	shards [256]textShard
}

const (
	textBuckets = 128 // of a shard
	textPlaces  = 4   // of a bucket
)

type textShard struct {
	mu     sync.Mutex
	places []string
}

// of gives the text of octets. A nil memory makes it.
func (t *texts) of(octets []byte) string {
	if t == nil || len(octets) == 0 {
		return string(octets)
	}
	hash := maphash.Bytes(t.seed, octets)
	s := &t.shards[hash>>56]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.places == nil {
		s.places = make([]string, textBuckets*textPlaces)
	}
	return remember(s.places[hash%textBuckets*textPlaces:][:textPlaces], octets, hash>>32)
}

// remember gives the text of octets from its bucket, where it takes an empty place, or
// that of another one.
func remember(bucket []string, octets []byte, chance uint64) string {
	at := chance % textPlaces
	for i := range bucket {
		if bucket[i] == string(octets) {
			return bucket[i]
		}
		if bucket[i] == "" {
			at = uint64(i)
			break
		}
	}
	bucket[at] = string(octets)
	return bucket[at]
}
