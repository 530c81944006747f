package bindings

// index finds numbers by a hash of what they stand for. It is a hash table in
// many small parts, so that growing one takes no noticeable time.
type index struct {
	hash   func(id uint32) uint64
	shards [256]shard
}

// shard is a table with linear probing; 0 is an empty cell.
type shard struct {
	cells []uint32
	used  int
}

// find gives the first number of that hash for which match says true, or 0.
func (x *index) find(hash uint64, match func(id uint32) bool) uint32 {
	s := &x.shards[hash>>56]
	if len(s.cells) == 0 {
		return 0
	}
	mask := uint64(len(s.cells) - 1)
	for i := hash & mask; s.cells[i] != 0; i = (i + 1) & mask {
		if match(s.cells[i]) {
			return s.cells[i]
		}
	}
	return 0
}

// add enters a number under its hash.
func (x *index) add(id uint32) {
	hash := x.hash(id)
	s := &x.shards[hash>>56]
	if s.used+s.used/4 >= len(s.cells) {
		x.grow(s)
	}
	s.used++
	s.put(hash, id)
}

func (s *shard) put(hash uint64, id uint32) {
	mask := uint64(len(s.cells) - 1)
	i := hash & mask
	for s.cells[i] != 0 {
		i = (i + 1) & mask
	}
	s.cells[i] = id
}

func (x *index) grow(s *shard) {
	old := s.cells
	s.cells = make([]uint32, max(8, 2*len(old)))
	for _, id := range old {
		if id != 0 {
			s.put(x.hash(id), id)
		}
	}
}

// remove takes a number out that was added, while its hash is still the same.
func (x *index) remove(id uint32) {
	hash := x.hash(id)
	s := &x.shards[hash>>56]
	mask := uint64(len(s.cells) - 1)
	i := hash & mask
	for s.cells[i] != id {
		i = (i + 1) & mask
	}
	s.used--
	s.cells[i] = 0
	// Those that were pushed on by it move back.
	for j := (i + 1) & mask; s.cells[j] != 0; j = (j + 1) & mask {
		home := x.hash(s.cells[j]) & mask
		if (j-home)&mask >= (j-i)&mask {
			s.cells[i], s.cells[j] = s.cells[j], 0
			i = j
		}
	}
}
