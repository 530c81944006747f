package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/stage6/stage6/bench/stalls"
	"github.com/stage6/stage6/internal/netlab/tap"
)

// tolerated is for how long, in all, a processor may stand still while an answer is under
// way that is counted as the server's.
const tolerated = time.Millisecond

// delays are how long answers took that were not under way while the machine stood still,
// nor just after it.
type delays struct {
	took  []time.Duration // ascending
	lost  int
	still still
}

// still is what the machine itself did meanwhile.
type still struct {
	stalls  int
	longest time.Duration
	met     int           // answers that were under way then, for as long as matters
	most    time.Duration // that one of them took
	of      time.Duration // how long was looked
}

// wait is one Solicit and its answer.
type wait struct{ from, until time.Time }

// delaysOf reads a record of the cable.
func delaysOf(frames []tap.Frame, found []stalls.Stall, of time.Duration) (d delays, err error) {
	waits, lost, err := waitsOf(frames)
	d.lost, d.still.of, d.still.stalls = lost, of, len(found)
	for _, s := range found {
		d.still.longest = max(d.still.longest, s.Took())
	}
	for _, w := range waits {
		took := w.until.Sub(w.from)
		if stalls.Most(found, w.from, w.until) >= tolerated {
			d.still.met++
			d.still.most = max(d.still.most, took)
			continue
		}
		d.took = append(d.took, took)
	}
	slices.Sort(d.took)
	return d, err
}

// waitsOf pairs Solicits and answers by their numbers, and counts the Solicits that had
// none with an address.
func waitsOf(frames []tap.Frame) (waits []wait, lost int, err error) {
	asked := map[uint32]time.Time{}
	for _, f := range frames {
		m, err := decode(f.Payload)
		if err != nil {
			return nil, 0, fmt.Errorf("a datagram on the probe's cable: %w", err)
		}
		n := numberOf(m)
		if !f.Sent {
			asked[n] = f.At
			continue
		}
		if at, ok := asked[n]; ok && grants(m) {
			waits = append(waits, wait{at, f.At})
			delete(asked, n)
		}
	}
	return waits, len(asked), nil
}

func (d delays) at(share float64) time.Duration {
	if len(d.took) == 0 {
		return 0
	}
	return d.took[min(int(share*float64(len(d.took))), len(d.took)-1)]
}

func (d delays) String() string {
	return fmt.Sprintf("%d answers, %d lost; median %v, 99 %% %v, longest %v; %v", len(d.took), d.lost, d.at(.5), d.at(.99), d.at(1), d.still)
}

func (s still) String() string {
	if s.stalls == 0 {
		return "the machine ran all the time"
	}
	return fmt.Sprintf("the machine stood still %d times in %v, for %v at most, beside %d answers that took %v at most", s.stalls, s.of.Round(time.Second), s.longest, s.met, s.most)
}
