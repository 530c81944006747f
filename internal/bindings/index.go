package bindings

// index finds numbers by a hash of what they stand for. It is a hash table in
// many small parts, so that growing one takes no noticeable time.
type index struct {
	hash   func(id uint32) uint64
	shards [256]shard
}

// shard is a table with linear probing.
type shard struct {
	cells []cell
	used  int
}

// cell is a number and the lower half of its hash, so that looking for another
// one need not look at what it stands for. A zero number is an empty cell.
type cell struct{ id, hash uint32 }

// find gives the first number of that hash for which match says true, or 0.
func (x *index) find(hash uint64, match func(id uint32) bool) uint32 {
	s := &x.shards[hash>>56]
	if len(s.cells) == 0 {
		return 0
	}
	mask, low := uint32(len(s.cells)-1), uint32(hash)
	for i := low & mask; s.cells[i].id != 0; i = (i + 1) & mask {
		if c := s.cells[i]; c.hash == low && match(c.id) {
			return c.id
		}
	}
	return 0
}

// add enters a number under its hash.
func (x *index) add(id uint32) {
	hash := x.hash(id)
	s := &x.shards[hash>>56]
	if s.used+s.used/4 >= len(s.cells) {
		s.grow()
	}
	s.used++
	s.put(cell{id, uint32(hash)})
}

func (s *shard) put(c cell) {
	mask := uint32(len(s.cells) - 1)
	i := c.hash & mask
	for s.cells[i].id != 0 {
		i = (i + 1) & mask
	}
	s.cells[i] = c
}

func (s *shard) grow() {
	old := s.cells
	s.cells = make([]cell, max(8, 2*len(old)))
	for _, c := range old {
		if c.id != 0 {
			s.put(c)
		}
	}
}

// remove takes a number out that was added, while its hash is still the same.
func (x *index) remove(id uint32) {
	hash := x.hash(id)
	s := &x.shards[hash>>56]
	mask := uint32(len(s.cells) - 1)
	i := uint32(hash) & mask
	for s.cells[i].id != id {
		i = (i + 1) & mask
	}
	s.used--
	s.cells[i] = cell{}
	// Those that were pushed on by it move back.
	for j := (i + 1) & mask; s.cells[j].id != 0; j = (j + 1) & mask {
		if home := s.cells[j].hash & mask; (j-home)&mask >= (j-i)&mask {
			s.cells[i], s.cells[j] = s.cells[j], cell{}
			i = j
		}
	}
}
