package bindings

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/stage6/stage6/internal/allocator"
)

// Pool is a pool of addresses or prefixes, and the order in which it is given
// out.
type Pool struct {
	space  *space
	name   string
	policy allocator.Policy
}

// Name gives the name of the pool.
func (p *Pool) Name() string { return p.name }

// Contains says whether the pool can give out the address, as a /128, or
// prefix.
func (p *Pool) Contains(prefix netip.Prefix) bool { return p.space.Contains(prefix) }

// PoolSet is the pools of one generation of the configuration. It is for one
// goroutine.
type PoolSet struct {
	table  *Table
	spaces []*space
	uses   map[*space][]string // the names of what has them
}

// NewPoolSet makes an empty set.
func (t *Table) NewPoolSet() *PoolSet { return &PoolSet{table: t, uses: map[*space][]string{}} }

// Add makes a pool, or another use of one that consists of the same. It is an
// error, for people, if the spec is wrong or overlaps another pool of the set.
func (s *PoolSet) Add(spec allocator.Spec, policy allocator.Policy) (*Pool, error) {
	a, err := allocator.New(spec)
	if err != nil {
		return nil, err
	}
	for _, sp := range s.spaces {
		if sp.Same(a) {
			s.use(sp, spec.Name)
			return &Pool{sp, spec.Name, policy}, nil
		}
		if err := a.CheckOverlap(sp.Space); err != nil {
			return nil, err
		}
	}
	sp := s.table.activeSpace(a)
	if sp == nil {
		sp = newSpace(a)
	}
	s.spaces = append(s.spaces, sp)
	s.use(sp, spec.Name)
	return &Pool{sp, spec.Name, policy}, nil
}

// use notes who has a space.
func (s *PoolSet) use(sp *space, name string) {
	if !slices.Contains(s.uses[sp], name) {
		s.uses[sp] = append(s.uses[sp], name)
	}
}

// activeSpace gives the space that consists of the same and is active, or nil.
func (t *Table) activeSpace(a *allocator.Space) *space {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, sp := range t.spaces {
		if sp.Same(a) {
			return sp
		}
	}
	return nil
}

// AddPool adds one pool to those that are active.
func (t *Table) AddPool(spec allocator.Spec, policy allocator.Policy) (*Pool, error) {
	t.mu.RLock()
	set := &PoolSet{table: t, spaces: slices.Clone(t.spaces), uses: map[*space][]string{}}
	maps.Copy(set.uses, t.uses)
	t.mu.RUnlock()
	pool, err := set.Add(spec, policy)
	if err != nil {
		return nil, err
	}
	set.Activate()
	return pool, nil
}

// Activate makes the pools of the set those of the table. From the others
// nothing is picked any more; what is leased from them stays.
func (s *PoolSet) Activate() { s.ActivateWith(func() {}) }

// ActivateWith is Activate that calls then before anybody looks into the pools
// again. Then does not use the table. Pools that are new are filled before, while
// those of before are in use.
func (s *PoolSet) ActivateWith(then func()) {
	t := s.table
	t.pools.Lock()
	defer t.pools.Unlock()
	for _, sp := range s.spaces {
		t.learnAll(sp.lengths())
	}
	b := t.build(slices.DeleteFunc(slices.Clone(s.spaces), func(sp *space) bool { return sp.active }))
	if t.succeed(s, b, then) {
		t.rehome()
	}
	t.relist(b)
}

// succeed makes the pools of the set those of the table, and says whether they are
// others.
func (t *Table) succeed(s *PoolSet, b *building, then func()) (others bool) {
	all := partsOf(s.spaces)
	t.mu.Lock()
	defer t.mu.Unlock()
	defer then()
	for _, sp := range t.spaces {
		sp.active = false
	}
	for _, sp := range s.spaces {
		sp.active = true
	}
	others = len(b.spaces) > 0 || len(t.spaces) != len(s.spaces)
	t.spaces, t.parts, t.uses = slices.Clone(s.spaces), all, maps.Clone(s.uses)
	t.finish(b)
	return others
}

// lengths gives those of what the space gives out.
func (sp *space) lengths() (out []uint8) {
	for _, length := range sp.Lengths() {
		out = append(out, uint8(length))
	}
	return out
}
