package daemon

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
)

// Go collects garbage when there is as much of it as of what is in use: with a
// million leases that would be hundreds of megabytes, and the leases, packed as they
// are, make a collection no more expensive. So they do not count: it is collected as
// often as if they were not there.

const (
	garbageUsual   = 100 // Go's default: percent of what is in use
	garbageLeast   = 12  // however many leases there are
	garbageLoading = 50  // while leases are read
)

// pace has garbage collected when there is so much of it, in percent of what is in
// use.
type pace struct {
	percent int
	fixed   bool // by whoever started the program
}

func newPace() *pace { return &pace{percent: garbageUsual, fixed: os.Getenv("GOGC") != ""} }

// follow sets the pace for a table with so many octets without pointers. To change it
// stops everything for a moment, so it does not follow each little step.
func (p *pace) follow(plain int) {
	const step = 4
	if next := paceFor(liveHeap(), plain); next == garbageUsual || next/step != p.percent/step {
		p.set(next)
	}
}

// loadLeases reads the leases. What that leaves behind goes back to the kernel.
func (s *service) loadLeases(ctx context.Context) error {
	s.pace.set(garbageLoading)
	err := s.table.Load(ctx, s.store)
	giveBack()
	s.pace.set(garbageUsual)
	s.pace.follow(s.table.Plain())
	return err
}

// giveBack gives the kernel back what a start or a reload took for a moment: what files
// were parsed into, and the generation that there was before.
func giveBack() { debug.FreeOSMemory() }

// set sets the pace, unless somebody else has.
func (p *pace) set(percent int) {
	if p.fixed || percent == p.percent {
		return
	}
	p.percent = percent
	debug.SetGCPercent(percent)
}

// paceFor gives the percentage for a heap of so many octets, of which some have no
// pointers.
func paceFor(live uint64, plain int) int {
	const noticeable = 16 << 20
	if plain < noticeable {
		return garbageUsual
	}
	others := max(int(live)-plain, noticeable)
	return max(garbageUsual*others/(others+plain), garbageLeast)
}

// liveHeap gives how much of the heap was in use after the last collection.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
