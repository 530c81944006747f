// Package bindings is the index of all bindings in memory, over a durable
// store: who holds which address or prefix, what is free, and what waits to be
// made durable.
package bindings

import (
	"sync"
	"time"

	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/lease"
)

// Options bound what a table keeps. A zero field means its default.
type Options struct {
	OfferTime     time.Duration // how long an offer is kept for its client; 60 s
	MaxOffers     int           // the oldest goes first; 65536
	MaxHeld       int           // bindings with a lease that is held, beyond which Pick gives nothing to others; 2^22
	MaxRemembered int           // bindings without a lease that is held; 2^20
	RememberFor   time.Duration // how long such a binding is kept; 30 days
	MaxPending    int           // changes that are not yet durable; 65536
}

func (o Options) withDefaults() Options {
	orDefault(&o.OfferTime, time.Minute)
	orDefault(&o.MaxOffers, 1<<16)
	orDefault(&o.MaxHeld, 1<<22)
	orDefault(&o.MaxRemembered, 1<<20)
	orDefault(&o.RememberFor, 30*24*time.Hour)
	orDefault(&o.MaxPending, 1<<16)
	return o
}

func orDefault[T int | time.Duration](v *T, otherwise T) {
	if *v == 0 {
		*v = otherwise
	}
}

// Table holds all bindings. It is safe for concurrent use.
//
// Two things hold at all times. Every lease of every record has a spot, and no
// two records have leases of overlapping prefixes: a lease that has ended is
// taken out of its record, durably, when somebody else is given the prefix. And
// what is blocked, by a lease that is live or rests or by an offer, overlaps
// nothing else that is blocked.
type Table struct {
	mu      sync.RWMutex
	now     func() time.Time
	options Options
	seeds   seeds

	records  arena[record]
	byKey    index // of records
	byHost   index // of the first record of each host
	recorded int   // records
	ended    list  // records that hold nothing, the longest ended first
	nEnded   int

	spots               arena[spot]
	byPlace             index  // of spots
	lengths             levels // how spots lie in shorter prefixes
	addresses, prefixes tally
	due                 []uint32
	touched             []uint32  // spots to be shown; scratch
	ran                 []Expired // what ran out and was not yet told

	offers   arena[offer]
	byTaker  index // of offers
	offered  list  // all offers, the oldest first
	nOffered int

	spaces   []*space
	uses     map[*space][]string // the names of what has them
	parts    []part              // of spaces, in the order of addresses
	reserved reservations

	reserving sync.Mutex // held by SetReserved and Reserve, before mu

	queue changes
	wake  chan struct{}

	group  []lease.Change // scratch of Apply
	claims []claim        // scratch of Apply
}

// New makes an empty table. now is the clock.
func New(now func() time.Time, o Options) *Table {
	t := &Table{now: now, options: o.withDefaults(), seeds: newSeeds(), wake: make(chan struct{}, 1)}
	t.byKey.hash = func(id uint32) uint64 { return t.seeds.key(&t.records.at(id).b.Key) }
	t.byHost.hash = func(id uint32) uint64 { return t.seeds.host(t.records.at(id).b.Host) }
	t.byPlace.hash = func(id uint32) uint64 { return t.seeds.place(t.spots.at(id).place) }
	t.byTaker.hash = func(id uint32) uint64 { return t.offers.at(id).taker[0] }
	t.lengths.init()
	t.queue.epoch = 1
	return t
}

// Len gives the number of bindings.
func (t *Table) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.recorded
}

// reservations are the prefixes that only an explicit Offer gives out.
type reservations struct {
	set      allocator.Set
	prefixes map[place]int // how often each is reserved, never 0
}

// record is a binding and its places in the indexes.
type record struct {
	b       *lease.Binding
	pending uint64 // the number of its newest change
	ended   links
	host    links // of records of one host
	isEnded bool
	applied bool // in the running Apply
}
