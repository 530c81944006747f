package history

import "sync"

// Cast is the steps of a generation and the sources of identity that it asks, by
// which exchanges that it served are told. It is immutable.
type Cast struct {
	Steps   []Role   // by their numbers, from 1
	Sources []string // in the order asked
}

// Role is one step.
type Role struct {
	Name, Plugin string
	When         string // its condition; nothing: always
	Apart        bool   // it configures a step of the server's and is not called in the list
}

// maxCasts is how many generations are remembered. Exchanges of older ones are told
// without the names of steps.
const maxCasts = 32

// casts are those of the last generations, by number.
type casts struct {
	mu   sync.Mutex
	last uint32
	held map[uint32]*Cast
}

// Cast gives a cast a number, under which exchanges are kept. It is the same for the
// same pointer.
func (r *Ring) Cast(c *Cast) uint32 {
	k := &r.casts
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, held := range k.held {
		if held == c {
			return id
		}
	}
	if k.held == nil {
		k.held = map[uint32]*Cast{}
	}
	k.last++
	k.held[k.last] = c
	delete(k.held, k.last-maxCasts)
	return k.last
}

// cast gives that of a number, or an empty one.
func (r *Ring) cast(id uint32) *Cast {
	r.casts.mu.Lock()
	defer r.casts.mu.Unlock()
	if c := r.casts.held[id]; c != nil {
		return c
	}
	return &Cast{}
}
