package flood

import (
	"sync/atomic"
	"time"
)

// recentCount is how many keys a Recent has room for: 64 KiB.
const recentCount = 1 << 13

// Recent remembers keys for a time that is the same for all, in a bounded memory:
// one takes the place of another by chance. Keys are hashes with a seed that
// nobody knows. The zero value is ready for use; it is safe for concurrent use
// and takes no lock.
type Recent struct {
	slots [recentCount]atomic.Uint64
}

// stampBits is how many bits of a slot are the time at which its key was added,
// in units of 2^20 nanoseconds, about a millisecond; they come again after
// twelve days. The others are the key's upper ones.
const (
	stampBits = 30
	stampMask = 1<<stampBits - 1
)

func stampOf(now time.Time) uint64 { return uint64(now.UnixNano()) >> 20 & stampMask }

// Has says whether a key was added within the time before now.
func (r *Recent) Has(key uint64, within time.Duration, now time.Time) bool {
	slot := r.slots[key%recentCount].Load()
	return slot != 0 && slot>>stampBits == key>>stampBits && (stampOf(now)-slot)&stampMask <= uint64(within)>>20
}

// Add remembers a key from now on.
func (r *Recent) Add(key uint64, now time.Time) {
	r.slots[key%recentCount].Store(key&^stampMask | stampOf(now))
}
