package simulate

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/stage6/stage6/ident"
)

// Crowd is many machines that boot.
type Crowd struct {
	Boot   Boot // Watch is told of every machine, by several goroutines
	First  ident.MAC
	Count  int
	Rate   float64 // machines that are switched on each second; zero for no bound
	AtOnce int     // machines that boot at the same time; zero for no bound
	Random uint64  // the same one gives the same machines
}

// Report is how a crowd fares. It is safe for concurrent use.
type Report struct {
	Tally  *Tally
	Ledger Ledger

	clock func() time.Time
	began time.Time

	mu       sync.Mutex
	started  int
	booted   int
	failed   int
	reasons  map[string]*Reason
	finished time.Time
}

// Reason is why machines failed.
type Reason struct {
	Why      string    `json:"why"` // with the program before it
	Machines int       `json:"machines"`
	Example  ident.MAC `json:"example"`
}

// Totals are the numbers of a report.
type Totals struct {
	Started, Booted, Failed int
	Exchanges               uint64
	Took                    time.Duration // until now, or until the end
}

// Begin makes the report of a crowd that is about to run.
func (c *Crowd) Begin() *Report {
	clock := c.Boot.clock()
	return &Report{Tally: NewTally(c.Boot.Plan), clock: clock, began: clock(), reasons: map[string]*Reason{}}
}

// Run lets all machines boot and fills the report. It ends when all are through
// or, without an error, with ctx; an error is about the crowd, not the network.
func (c *Crowd) Run(ctx context.Context, r *Report) error {
	defer r.finish()
	boot := c.Boot
	boot.Watch = Watchers{c.Boot.Watch, r}
	var places chan struct{}
	if c.AtOnce > 0 {
		places = make(chan struct{}, c.AtOnce)
	}
	var running sync.WaitGroup
	defer running.Wait()
	for n := range c.Count {
		if !c.wait(ctx, r.began, n) || !enter(ctx, places) {
			return nil
		}
		mac, err := NthMAC(c.First, n)
		if err != nil {
			return err
		}
		m := NewMachine(mac, UUID{}, c.Random)
		r.start()
		running.Go(func() {
			defer leave(places)
			r.end(m, boot.Run(ctx, m))
		})
	}
	return nil
}

// wait waits until it is the turn of the machine of that number, and is false
// when ctx ends before.
func (c *Crowd) wait(ctx context.Context, began time.Time, n int) bool {
	if c.Rate <= 0 {
		return ctx.Err() == nil
	}
	due := time.Until(began.Add(time.Duration(float64(n) / c.Rate * float64(time.Second))))
	if due <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(due):
		return true
	}
}

// enter takes a place, where those are counted; false when ctx ends before.
func enter(ctx context.Context, places chan struct{}) bool {
	if places == nil {
		return true
	}
	select {
	case places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func leave(places chan struct{}) {
	if places != nil {
		<-places
	}
}

// Started counts nothing: exchanges are counted when they end.
func (r *Report) Started(*Client) {}

// Leaving tells the ledger.
func (r *Report) Leaving(c *Client) { r.Ledger.Leaving(c) }

// Exchanged counts an exchange.
func (r *Report) Exchanged(e *Exchange) {
	r.Tally.Exchanged(e)
	r.Ledger.Exchanged(e)
}

func (r *Report) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started++
}

// end notes how a machine fared. One that was interrupted did neither boot nor
// fail.
func (r *Report) end(m *Machine, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.booted++
	case !interrupted(err):
		r.failed++
		r.explain(m, err)
	}
}

// explain counts a reason. Past a bound of different ones it does not tell them
// apart.
func (r *Report) explain(m *Machine, err error) {
	const most = 20
	why := err.Error()
	var f *Failure
	if errors.As(err, &f) && len(r.reasons) >= most && r.reasons[why] == nil {
		why = f.Client.Profile.Name + ": other reasons"
	}
	reason := r.reasons[why]
	if reason == nil {
		reason = &Reason{Why: why, Example: m.MAC}
		r.reasons[why] = reason
	}
	reason.Machines++
}

func (r *Report) finish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finished = r.clock()
}

// Totals gives the numbers so far.
func (r *Report) Totals() Totals {
	exchanges := r.Tally.Total()
	r.mu.Lock()
	defer r.mu.Unlock()
	end := r.finished
	if end.IsZero() {
		end = r.clock()
	}
	return Totals{r.started, r.booted, r.failed, exchanges, end.Sub(r.began)}
}

// Reasons lists why machines failed, the most frequent first.
func (r *Report) Reasons() []Reason {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Reason, 0, len(r.reasons))
	for _, reason := range r.reasons {
		out = append(out, *reason)
	}
	slices.SortFunc(out, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Machines, a.Machines), cmp.Compare(a.Why, b.Why))
	})
	return out
}
