package bindings

// tally counts spots by what has become of them.
type tally struct{ leased, resting, declined, remembered, offered int }

// count adds n spots that are seen so.
func (c *tally) count(v view, n int) {
	switch v.state {
	case leased:
		c.leased += n
	case resting:
		c.resting += n
	case declined:
		c.declined += n
	case remembered:
		c.remembered += n
	}
	if v.offered {
		c.offered += n
	}
}

// tallyOf gives the counts of what is as long.
func (t *Table) tallyOf(bits uint8) *tally {
	if bits == 128 {
		return &t.addresses
	}
	return &t.prefixes
}

// Leases is how many leases there are, by what has become of them.
type Leases struct {
	Active   int
	Offered  int // held for a client
	Ended    int // kept in mind for their clients
	Released int // and nobody's until later
	Declined int // and nobody's until later
}

// Leases gives the numbers of leases of addresses and of prefixes, in pools and
// elsewhere.
func (t *Table) Leases() (addresses, prefixes Leases) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.addresses.leases(), t.prefixes.leases()
}

func (c *tally) leases() Leases {
	return Leases{Active: c.leased, Offered: c.offered, Ended: c.remembered, Released: c.resting, Declined: c.declined}
}
