// Package impair makes a network worse on purpose: datagrams are lost, come twice,
// overtake each other and are late, each with a probability, by a random source
// that gives the same again for the same seed. It is for tests and for simulated
// machines, where the kernel's netem is missing.
package impair

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Rates say how bad a network is. The zero value is a good one.
type Rates struct {
	Loss      float64       // the probability, from 0 to 1, that a datagram is lost
	Duplicate float64       // that it comes twice
	Reorder   float64       // that those sent after it overtake it
	Delay     time.Duration // it is late by any time up to this
}

// overtaken is how much longer than all others a datagram takes that is to be
// overtaken. What is sent within that time comes before it.
const overtaken = 50 * time.Millisecond

// Check says what is wrong with rates that somebody wrote.
func (r Rates) Check() error {
	for _, one := range []struct {
		name string
		rate float64
	}{{"loss", r.Loss}, {"duplicate", r.Duplicate}, {"reorder", r.Reorder}} {
		if !(one.rate >= 0 && one.rate <= 1) {
			return fmt.Errorf("%s %v: want a share from 0 to 1", one.name, one.rate)
		}
	}
	if r.Delay < 0 {
		return fmt.Errorf("delay %s: it cannot be negative", r.Delay)
	}
	return nil
}

// Longest is the time after which no datagram is on its way any more.
func (r Rates) Longest() time.Duration {
	if r.Reorder > 0 {
		return r.Delay + overtaken
	}
	return r.Delay
}

// Counts is what became of datagrams.
type Counts struct {
	Sent       uint64 `json:"sent"`
	Lost       uint64 `json:"lost"`
	Duplicated uint64 `json:"duplicated"`
	Reordered  uint64 `json:"reordered"`
	Delayed    uint64 `json:"delayed"`
}

// Add gives the sum of two counts.
func (c Counts) Add(d Counts) Counts {
	return Counts{c.Sent + d.Sent, c.Lost + d.Lost, c.Duplicated + d.Duplicated, c.Reordered + d.Reordered, c.Delayed + d.Delayed}
}

// Way is one direction of a network. It is safe for concurrent use. A nil one is
// perfect.
type Way struct {
	rates Rates

	mu      sync.Mutex
	rand    *rand.Rand
	counts  Counts
	closed  bool
	running sync.WaitGroup // deliveries that are late
}

// New makes a way. The same seed gives the same fate to the same datagrams.
func New(rates Rates, seed uint64) *Way {
	return &Way{rates: rates, rand: rand.New(rand.NewPCG(seed, 0x6c6f7373))}
}

// Pass lets a datagram go its way: deliver is called at once, by this goroutine, or
// later, by another; once, twice or never.
func (w *Way) Pass(deliver func()) {
	if w == nil {
		deliver()
		return
	}
	for _, wait := range w.fate() {
		if wait == 0 {
			deliver()
		} else {
			time.AfterFunc(wait, func() { w.late(deliver) })
		}
	}
}

// fate draws when a datagram arrives, how often so ever.
func (w *Way) fate() []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts.Sent++
	if w.rand.Float64() < w.rates.Loss {
		w.counts.Lost++
		return nil
	}
	waits := []time.Duration{w.wait()}
	if w.rand.Float64() < w.rates.Duplicate {
		w.counts.Duplicated++
		waits = append(waits, w.wait())
	}
	return waits
}

func (w *Way) wait() (d time.Duration) {
	if w.rates.Delay > 0 {
		w.counts.Delayed++
		d = time.Duration(w.rand.Int64N(int64(w.rates.Delay) + 1))
	}
	if w.rand.Float64() < w.rates.Reorder {
		w.counts.Reordered++
		d = w.rates.Delay + overtaken
	}
	return d
}

// late delivers, unless the way has been closed.
func (w *Way) late(deliver func()) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.running.Add(1)
	w.mu.Unlock()
	defer w.running.Done()
	deliver()
}

// Counts gives what became of datagrams so far.
func (w *Way) Counts() Counts {
	if w == nil {
		return Counts{}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counts
}

// Close loses what is on its way, and waits for what is being delivered late.
func (w *Way) Close() {
	if w == nil {
		return
	}
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.running.Wait()
}
