package sink

import (
	"errors"
	"slices"
)

// Change is what becomes of the sinks of a set: to be taken or dropped.
type Change struct {
	set    *Set
	places []place
}

// place is a sink of the set as it will be.
type place struct {
	was  *member // nil: a new one
	plan Plan
	to   Destination // that was opened for it; nil: that of before stays
}

// Prepare opens the destinations of plans that the set does not have. On error
// nothing is left open.
func (all *Set) Prepare(plans []Plan) (*Change, error) {
	c := &Change{set: all}
	heirs := all.heirs(plans)
	for i, p := range plans {
		next := place{was: heirs[i], plan: p}
		if next.was == nil || next.was.plan.Target != p.Target || next.was.plan.Manner != p.Manner {
			var err error
			if next.to, err = p.Open(); err != nil {
				return nil, errors.Join(err, c.Drop())
			}
		}
		c.places = append(c.places, next)
	}
	return c, nil
}

// heirs gives for each plan the sink that it goes on with, or nil: that of its target
// and name, else of its target, else of its name.
func (all *Set) heirs(plans []Plan) []*member {
	all.mu.Lock()
	left := slices.Clone(all.members)
	all.mu.Unlock()
	out := make([]*member, len(plans))
	for _, same := range []func(a, b *Plan) bool{
		func(a, b *Plan) bool { return a.Target == b.Target && a.Name == b.Name },
		func(a, b *Plan) bool { return a.Target == b.Target },
		func(a, b *Plan) bool { return a.Name == b.Name },
	} {
		for i := range plans {
			at := slices.IndexFunc(left, func(m *member) bool { return same(&m.plan, &plans[i]) })
			if out[i] == nil && at >= 0 {
				out[i] = left[at]
				left = slices.Delete(left, at, at+1)
			}
		}
	}
	return out
}

// Drop closes what was opened for the change, which does not come.
func (c *Change) Drop() error {
	var errs []error
	for _, p := range c.places {
		if p.to != nil {
			errs = append(errs, p.to.Close())
		}
	}
	return errors.Join(errs...)
}

// Take has the sinks be those of the plans. What waits for one that goes is still
// handed on, for FlushTime at most. An error tells of what could not be closed.
func (c *Change) Take() error {
	all := c.set
	all.mu.Lock()
	defer all.mu.Unlock()
	gone := all.members
	all.members = nil
	var errs []error
	for _, p := range c.places {
		m := p.was
		if m == nil {
			m = &member{Sink: New(all.events, p.to, p.plan.Options)}
			all.start(m)
		} else {
			errs = append(errs, m.change(p.plan.Options, p.to))
		}
		m.plan = p.plan
		all.members = append(all.members, m)
	}
	for _, m := range gone {
		if !slices.Contains(all.members, m) && m.end != nil {
			m.end()
		}
	}
	return errors.Join(errs...)
}
