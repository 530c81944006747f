package token

import (
	"cmp"
	"slices"
	"sync"

	"github.com/stage6/stage6/host"
)

// index finds hosts by what stands for them in tokens. It is made when a token
// is asked about and made anew when the hosts change. It is safe for concurrent
// use.
type index struct {
	mu      sync.Mutex
	changed <-chan struct{} // of the registry; nil: there is no index yet
	hashes  []entry         // sorted
}

type entry struct {
	hash uint32
	name string
}

// named gives the hosts that a hash stands for: as a rule at most one.
func (x *index) named(hosts *host.Registry, hash uint32) (names []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.refresh(hosts)
	i, _ := slices.BinarySearchFunc(x.hashes, hash, func(e entry, hash uint32) int { return cmp.Compare(e.hash, hash) })
	for ; i < len(x.hashes) && x.hashes[i].hash == hash; i++ {
		names = append(names, x.hashes[i].name)
	}
	return names
}

func (x *index) refresh(hosts *host.Registry) {
	select {
	case <-x.changed:
	default:
		if x.changed != nil {
			return
		}
	}
	x.changed = hosts.Changed() // before the hosts are read, so that no change is missed
	x.hashes = x.hashes[:0]
	for _, h := range hosts.All() {
		x.hashes = append(x.hashes, entry{hashOf(h.Name), h.Name})
	}
	slices.SortFunc(x.hashes, func(a, b entry) int { return cmp.Compare(a.hash, b.hash) })
}
