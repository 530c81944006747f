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
	Rest          func()        // called between the steps of long work, without the lock, for others; nil sleeps for a millisecond
}

func (o Options) withDefaults() Options {
	orDefault(&o.OfferTime, time.Minute)
	orDefault(&o.MaxOffers, 1<<16)
	orDefault(&o.MaxHeld, 1<<22)
	orDefault(&o.MaxRemembered, 1<<20)
	orDefault(&o.RememberFor, 30*24*time.Hour)
	orDefault(&o.MaxPending, 1<<16)
	if o.Rest == nil {
		o.Rest = func() { time.Sleep(time.Millisecond) }
	}
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

	packed   slab // the bindings
	packer   packer
	texts    texts  // in bindings that were read or put lately
	looked   single // scratch of look
	queued   pieces // for bindings that wait to be made durable
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
	due                 pile[uint32]
	touched             []uint32  // spots to be shown; scratch
	ran                 []Expired // what ran out and was not yet told

	offers   arena[offer]
	byTaker  index // of offers
	offered  list  // all offers, the oldest first
	nOffered int

	spaces   []*space
	uses     map[*space][]string // the names of what has them
	parts    parts               // of spaces
	building *building           // the spaces that are being filled, or nil
	numbered uint32              // the number that a space got last
	reserved reservations

	pools   sync.Mutex // held by who changes pools or what is reserved, before mu
	loading bool       // by who holds pools: nobody else is there, for whom steps were to rest

	queue changes
	wake  chan struct{}

	group  []lease.Change // scratch of Apply
	claims []claim        // scratch of Apply
}

// New makes an empty table. now is the clock. Its reading of the monotonic clock (see
// package time) is not looked at: the table keeps the ends of leases in order as times
// of day, and two clocks that disagree would have it look again and again at a lease
// that by one of them has ended.
func New(now func() time.Time, o Options) *Table {
	t := &Table{now: func() time.Time { return now().Round(0) }, options: o.withDefaults(), seeds: newSeeds(), wake: make(chan struct{}, 1)}
	t.packer = packer{names: &names{numbers: map[string]uint32{}}}
	t.texts.seed = t.seeds.text[0]
	t.byKey.hash = t.keyHash
	t.byHost.hash = func(id uint32) uint64 { return t.seeds.host(t.hostOf(id)) }
	t.byPlace.hash = func(id uint32) uint64 { return t.seeds.place(t.spots.at(id).place) }
	t.byTaker.hash = func(id uint32) uint64 { return t.offers.at(id).taker[0] }
	t.lengths.init()
	t.queue.epoch.Store(1)
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

// record is where a binding is, and its places in the indexes.
type record struct {
	run     uint32 // in Table.packed; 0: there is no record
	name    uint32 // of the host, in the packer's names
	pending uint64 // the number of its newest change
	ended   links
	host    links // of records of one host
	isEnded bool
	applied bool // in the running Apply
}
