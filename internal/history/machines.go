package history

// each gives the entries, the newest first.
func (s *shard) each(yield func(uint32) bool) {
	a, b := s.kinds[strangers].newest, s.kinds[known].newest
	for a != 0 || b != 0 {
		at := &a
		if s.entries[b].seq > s.entries[a].seq { // entry 0 has no number
			at = &b
		}
		if !yield(*at) {
			return
		}
		*at = s.entries[*at].older
	}
}

// bucket gives the bucket of a key.
func (s *shard) bucket(key uint64) uint64 { return scale(uint32(key), len(s.buckets)) }

// find gives the machine of a key, or 0.
func (s *shard) find(key uint64) uint32 {
	for id := s.buckets[s.bucket(key)]; id != 0; id = s.machines[id].next {
		if s.machines[id].key == key {
			return id
		}
	}
	return 0
}

// join puts an entry at the new end of the lists: of its kind, and of its machine.
func (s *shard) join(index uint32, key uint64) {
	e := &s.entries[index]
	all := &s.kinds[e.kind]
	if e.older != 0 {
		s.entries[e.older].newer = index
	} else {
		all.oldest = index
	}
	all.newest = index
	all.n++
	id := s.find(key)
	if id == 0 {
		id = s.add(key)
	}
	m := &s.machines[id]
	e.machine, e.before = id, m.newest
	if m.newest != 0 {
		s.entries[m.newest].after = index
	} else {
		m.oldest = index
	}
	m.newest = index
	m.n++
}

// add gives a key a machine. There are as many as entries, and each has one at
// least.
func (s *shard) add(key uint64) uint32 {
	id := s.freeID
	s.freeID = s.machines[id].next
	bucket := &s.buckets[s.bucket(key)]
	s.machines[id] = machine{key: key, next: *bucket}
	*bucket = id
	return id
}

// drop forgets an entry.
func (s *shard) drop(index uint32) {
	e := &s.entries[index]
	all := &s.kinds[e.kind]
	all.n--
	if e.older != 0 {
		s.entries[e.older].newer = e.newer
	} else {
		all.oldest = e.newer
	}
	if e.newer != 0 {
		s.entries[e.newer].older = e.older
	} else {
		all.newest = e.older
	}
	s.leave(e)
	s.release(e)
	serial := e.serial
	*e = entry{serial: serial, newer: s.free}
	s.free = index
}

// leave takes an entry out of those of its machine, which ends with the last.
func (s *shard) leave(e *entry) {
	m := &s.machines[e.machine]
	if e.before != 0 {
		s.entries[e.before].after = e.after
	} else {
		m.oldest = e.after
	}
	if e.after != 0 {
		s.entries[e.after].before = e.before
	} else {
		m.newest = e.before
	}
	if m.n--; m.n == 0 {
		s.forget(e.machine)
	}
}

// forget frees a machine.
func (s *shard) forget(id uint32) {
	m := &s.machines[id]
	at := &s.buckets[s.bucket(m.key)]
	for *at != id {
		at = &s.machines[*at].next
	}
	*at = m.next
	*m = machine{next: s.freeID}
	s.freeID = id
}

// release frees the chunks of an entry.
func (s *shard) release(e *entry) {
	for id := e.chunk; id != 0; {
		next := s.next[id]
		s.next[id] = s.freeAt
		s.freeAt = id
		s.nFree++
		id = next
	}
}
