// Package allocator knows which addresses or prefixes of a pool are free and
// finds the next one to give out in constant time, up to the last.
package allocator

import "net/netip"

// Policy is the order in which a pool is given out.
type Policy uint8

// The policies.
const (
	// Hashed starts at a place that follows from the client's key, so that a
	// client whose record is gone still finds its old address if it is free.
	Hashed Policy = iota
	// Random starts anywhere.
	Random
	// Sequential gives the first free one from the start.
	Sequential
)

// Range is the addresses from First to Last, both included.
type Range struct {
	First, Last netip.Addr
}

// Spec describes a pool.
type Spec struct {
	Name string // for messages to people
	// Prefixes and Ranges are what the pool consists of. Of a prefix of
	// addresses shorter than /127 the first address is left out: it is the
	// subnet-router anycast address (RFC 4291 section 2.6.1).
	Prefixes []netip.Prefix
	Ranges   []Range // of addresses only
	Exclude  []Range // never given out
	// Lengths are the prefix lengths that are delegated, the default first.
	// Without any the pool is one of addresses.
	Lengths []int
}
