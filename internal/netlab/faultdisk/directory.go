package faultdisk

import (
	"maps"
	"math/rand/v2"
)

// directory has names of files, as programs see them, and as they were when the
// directory was last synced.
type directory struct {
	live, durable map[string]uint64 // inodes
	since         []rename          // since the last sync
}

// rename is a change of names: from goes and to comes, as one; either may be empty.
type rename struct {
	from, to string
	id       uint64
}

func newDirectory() directory {
	return directory{live: map[string]uint64{}, durable: map[string]uint64{}}
}

// change makes a change that is not durable.
func (d *directory) change(r rename) {
	r.apply(d.live)
	d.since = append(d.since, r)
}

// sync makes durable what was changed.
func (d *directory) sync() {
	d.durable, d.since = maps.Clone(d.live), nil
}

// crashed gives the names after a loss of power: some of the changes are there.
func (d *directory) crashed(chance *rand.Rand) map[string]uint64 {
	names := maps.Clone(d.durable)
	share := chance.IntN(101)
	for _, r := range d.since {
		if chance.IntN(100) < share {
			r.apply(names)
		}
	}
	return names
}

func (r rename) apply(names map[string]uint64) {
	if r.from != "" && (r.to == "" || names[r.from] == r.id) {
		delete(names, r.from)
	}
	if r.to != "" {
		names[r.to] = r.id
	}
}
