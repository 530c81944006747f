package simulate

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Boot takes one machine through the programs of a plan.
type Boot struct {
	Plan        Plan
	Carrier     *Carrier
	Timing      Timing
	UserClasses map[string]string // by profile; what the program sends instead of its own
	Report      *Reporter         // by which an installer says that it is done; nil: it does not
	Watch       Watcher           // nil for nobody
	Clock       func() time.Time  // nil for the system's
}

// Watcher is told what a machine does, by the goroutine that lets it.
type Watcher interface {
	Started(*Client)
	Exchanged(*Exchange)
}

// Watchers tells each of several what it is told, and passes over nil.
type Watchers []Watcher

// Started tells each.
func (w Watchers) Started(c *Client) {
	for _, one := range w {
		if one != nil {
			one.Started(c)
		}
	}
}

// Exchanged tells each.
func (w Watchers) Exchanged(e *Exchange) {
	for _, one := range w {
		if one != nil {
			one.Exchanged(e)
		}
	}
}

// leaver is a Watcher that wants to know that a client is about to give back what it
// holds: others may have that before the client hears of it.
type leaver interface{ Leaving(*Client) }

// Leaving tells each that wants to know.
func (w Watchers) Leaving(c *Client) {
	for _, one := range w {
		if l, ok := one.(leaver); ok {
			l.Leaving(c)
		}
	}
}

// Failure is a program of a machine that did not get what it needs.
type Failure struct {
	Client *Client
	Err    error
}

func (f *Failure) Error() string { return f.Client.Profile.Name + ": " + f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// Run lets the machine boot. The error is nil when the last program got what it
// needs, else a *Failure, or why ctx ended.
func (b *Boot) Run(ctx context.Context, m *Machine) error {
	for _, programs := range b.Plan {
		if err := b.newStage(m, programs).run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// newStage starts programs that run at the same time: all look for a server, those
// that began last are through first, and what they hold is given back in that
// order, as UEFI does.
func (b *Boot) newStage(m *Machine, programs []*Profile) *running {
	r := &running{boot: b, way: way{b.Carrier, b.Timing, b.clock()}}
	x := newXIDs(m)
	for _, p := range programs {
		if p.installs() {
			m.reinstall()
		}
		c := newClient(p, m, x)
		c.UserClass = b.UserClasses[p.Name]
		r.clients = append(r.clients, c)
	}
	return r
}

func (b *Boot) clock() func() time.Time {
	if b.Clock == nil {
		return time.Now
	}
	return b.Clock
}

// running is the programs of one stage.
type running struct {
	boot    *Boot
	way     way
	clients []*Client
}

func (r *running) run(ctx context.Context) error {
	defer r.leave()
	for _, c := range r.clients {
		if err := r.begin(ctx, c); err != nil {
			return err
		}
	}
	slices.Reverse(r.clients)
	for _, c := range r.clients {
		if err := r.get(ctx, c); err != nil {
			return err
		}
	}
	for _, c := range r.clients {
		if err := r.end(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// leave ends what programs still wait for.
func (r *running) leave() {
	for _, c := range r.clients {
		r.way.forget(c)
	}
}

// begin lets a program find a server.
func (r *running) begin(ctx context.Context, c *Client) error {
	if err := r.pause(ctx, c.Profile.pauses.start); err != nil {
		return err
	}
	if r.boot.Watch != nil {
		r.boot.Watch.Started(c)
	}
	if c.Profile.inform != nil {
		return r.done(c, c.inform(ctx, r.way))
	}
	return r.done(c, c.solicit(ctx, r.way))
}

// get lets a program ask for what it was offered.
func (r *running) get(ctx context.Context, c *Client) error {
	if c.settled {
		return nil
	}
	if err := r.way.weigh(ctx, c); err != nil {
		return err
	}
	return r.done(c, c.request(ctx, r.way))
}

// end lets a program do its work, say that it is done, and give back what it does
// not keep.
func (r *running) end(ctx context.Context, c *Client) error {
	if err := r.pause(ctx, c.Profile.pauses.work); err != nil {
		return err
	}
	if c.Profile.installs() && r.boot.Report != nil {
		if err := r.boot.Report.Installed(ctx, c.Machine, r.boot.Plan.system()); err != nil {
			return &Failure{c, err}
		}
	}
	if c.Profile.release == nil {
		return nil
	}
	r.leaving(c)
	return r.done(c, c.release(ctx, r.way))
}

// leaving tells that a client is about to give back what it holds.
func (r *running) leaving(c *Client) {
	if w, ok := r.boot.Watch.(leaver); ok {
		w.Leaving(c)
	}
}

// done notes an exchange.
func (r *running) done(c *Client, e Exchange) error {
	if e.Err == nil {
		c.note(&e)
		r.way.carrier.compare(&e)
	}
	if r.boot.Watch != nil && !interrupted(e.Err) {
		r.boot.Watch.Exchanged(&e)
	}
	if e.Err != nil && !interrupted(e.Err) {
		return &Failure{c, e.Err}
	}
	return e.Err
}

// pause waits in real time, and else not at all.
func (r *running) pause(ctx context.Context, d time.Duration) error {
	if !r.way.timing.Real || d == 0 {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// interrupted says whether an error is the end of the context.
func interrupted(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
