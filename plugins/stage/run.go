package stage

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/pipeline"
)

const (
	lookTime = 5 * time.Second // how often it is looked for what takes too long, and tried again
	lastTime = 2 * time.Second // how long what is to be written may take at the end
)

// UseStates takes up what was being installed when the server ended.
func (d *deployments) UseStates(s pipeline.States) (err error) {
	d.states = s
	if !d.watched {
		return nil
	}
	s.Notes(func(name, text string) {
		began, wrong := time.Parse(time.RFC3339Nano, text)
		if wrong != nil {
			err = fmt.Errorf("damaged note on host %q: %w: restore the leases from a backup", name, wrong)
			return
		}
		d.of[name] = progress{began: began, noted: true}
	})
	s.Follow(d.stateSet)
	return err
}

// Run writes to the disk what becomes known, until ctx ends, and what is left
// then.
func (d *deployments) Run(ctx context.Context) error {
	if !d.watched {
		return nil
	}
	tick := time.NewTicker(lookTime)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-d.wake:
			d.work(ctx)
		case <-tick.C:
			d.look()
			d.work(ctx)
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTime)
	defer cancel()
	d.work(last)
	return nil
}

// look finds what takes too long, and what is not to be installed any more.
func (d *deployments) look() {
	now := d.clock()
	d.mu.Lock()
	defer d.mu.Unlock()
	for name := range d.of {
		if h := d.hosts.ByName(name); h == nil || h.State != host.Deploy {
			d.unsaved[name] = struct{}{}
			continue
		}
		d.due(name, now)
	}
}

// work settles what there is to do. What fails is tried again when Run looks the
// next time.
func (d *deployments) work(ctx context.Context) {
	var again []string
	for _, name := range d.take() {
		if err := d.settle(ctx, name); err != nil {
			d.complain(name, err)
			again = append(again, name)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, name := range again {
		d.unsaved[name] = struct{}{}
	}
}

// take gives what there is to do, by name.
func (d *deployments) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	names := slices.Sorted(maps.Keys(d.unsaved))
	clear(d.unsaved)
	return names
}

// settle makes the progress of a host durable. It looks at the host first: if its
// state is set after that, nothing is done.
func (d *deployments) settle(ctx context.Context, name string) error {
	for {
		h := d.hosts.ByName(name)
		p, known := d.get(name)
		done, err := true, error(nil)
		switch {
		case h == nil:
			d.forget(name)
		case h.State != host.Deploy:
			d.forget(name)
			done, err = d.states.Note(ctx, h, "")
		case known && p.ended != "" && p.ended != bySetting:
			done, err = d.end(ctx, h, p)
		case known && p.ended == "" && !p.noted:
			if done, err = d.states.Note(ctx, h, p.began.Format(time.RFC3339Nano)); done {
				d.noted(name, p.began)
			}
		}
		if done || err != nil {
			return err
		}
	}
}

// end has the host installed, which goes into the log.
func (d *deployments) end(ctx context.Context, h *host.Host, p progress) (bool, error) {
	done, err := d.states.Change(ctx, h, host.Installed)
	if done {
		d.ended.WithLabelValues(string(p.ended)).Inc()
		d.log.WithFields(logrus.Fields{
			"host": h.Name, "state": host.Installed, "before": h.State, "reason": string(p.ended), "began": p.began,
		}).Info("state set")
	}
	return done, err
}

// complain counts an error, which goes into the log.
func (d *deployments) complain(name string, err error) {
	d.failed.Inc()
	if suppressed, ok := d.limit.Allow(d.clock()); ok {
		d.log.WithError(err).WithFields(logrus.Fields{"host": name, "suppressed": suppressed}).
			Warn("what is known of an installation cannot be kept: trying again")
	}
}
