package bindings

import (
	"math/big"

	"github.com/stage6/stage6/internal/allocator"
)

// Survey is what a pool consists of and how much of it is in use, exactly.
type Survey struct {
	Usage
	Uses     []string // the names of what has the pool, in the order of the configuration
	Spans    []allocator.Range
	Lengths  []int // of what is given out
	Unit     int   // the longest of those, in which the numbers are
	Units    *big.Int
	Excluded *big.Int // never given out
	Free     *big.Int // that anybody can get
}

// Survey gives that of every active pool.
func (t *Table) Survey() []Survey {
	t.mu.RLock()
	defer t.mu.RUnlock()
	usage := t.usage()
	out := make([]Survey, len(t.spaces))
	for i, sp := range t.spaces {
		s := &out[i]
		*s = Survey{Usage: usage[i], Uses: t.uses[sp], Spans: sp.Spans(), Lengths: sp.Lengths(), Unit: sp.Unit()}
		s.Units, s.Excluded = sp.Exact()
		s.Free = sp.free(s)
	}
	return out
}

// free gives how many units anybody can get. In a space that is too large for a
// map, what is leased of that which is reserved counts twice.
func (sp *space) free(s *Survey) *big.Int {
	switch {
	case sp.avail != nil:
		return new(big.Int).SetUint64(sp.avail.Count())
	case sp.fresh != nil:
		return new(big.Int).SetUint64(sp.fresh.Count() + uint64(sp.remembered))
	}
	n := new(big.Int).Sub(s.Units, s.Excluded)
	n.Sub(n, big.NewInt(int64(sp.leased+sp.resting+sp.declined+sp.offered+sp.reserved)))
	if n.Sign() < 0 {
		return new(big.Int)
	}
	return n
}
