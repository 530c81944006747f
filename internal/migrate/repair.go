package migrate

import (
	"slices"
	"time"
)

// Repair changes what this server would not take, or what would not do what
// somebody wanted, whatever format it is from, and reports it.
func (c *Config) Repair(r *Report) {
	c.Hosts = repairHosts(joinHosts(c.Hosts, r), r)
	c.Lifetimes = joinLifetimes(c.Lifetimes)
	for i := range c.Lifetimes {
		c.Lifetimes[i].repair(r)
	}
	c.Lifetimes = slices.DeleteFunc(c.Lifetimes, Lifetime.empty)
	c.Boot = c.repairBoot(r)
}

// KeepForSystems has what is reserved for machines go to the system that runs
// there now, whatever its DUID: by MACs machines are known for that. Where there
// is no pool, whatever asks gets it, since nothing else is there for firmware.
func (c *Config) KeepForSystems(r *Report) {
	if len(c.Pools) == 0 {
		return
	}
	c.Steps = append(c.Steps, Step{Plugin: "final"})
	r.Note(Origin{}, "what is reserved goes to the installed system of a machine at once, with whatever DUID (final); firmware and installers get addresses of the pool")
}

// times gives the places of all times.
func (l *Lifetime) times() []**time.Duration {
	return []**time.Duration{&l.Preferred, &l.MinPreferred, &l.MaxPreferred, &l.Valid, &l.MinValid, &l.MaxValid, &l.T1, &l.T2}
}

func (l Lifetime) empty() bool {
	return !slices.ContainsFunc(l.times(), func(d **time.Duration) bool { return *d != nil })
}

// joinLifetimes makes one of those with the same condition: of each time the
// first counts.
func joinLifetimes(list []Lifetime) (out []Lifetime) {
	for _, l := range list {
		at := slices.IndexFunc(out, func(x Lifetime) bool { return x.When == l.When })
		if at < 0 {
			out = append(out, l)
			continue
		}
		for i, into := range out[at].times() {
			if *into == nil {
				*into = *l.times()[i]
			}
		}
	}
	return out
}

// What the plugin lifetimes has without settings.
const (
	defaultPreferred = 12 * time.Hour
	defaultValid     = 24 * time.Hour
)

// repair makes the times agree, as the plugin lifetimes wants them.
func (l *Lifetime) repair(r *Report) {
	valid := or(l.Valid, defaultValid)
	if l.MinValid != nil && *l.MinValid > valid {
		r.Changed(l.Origin, "the valid lifetime of %s is below the least that clients may have, %s: it is %[2]s now", duration(&valid), duration(l.MinValid))
		l.Valid = l.MinValid
	}
	if valid = or(l.Valid, defaultValid); l.MaxValid != nil && *l.MaxValid < valid {
		r.Changed(l.Origin, "the valid lifetime of %s is above the most that clients may have, %s: it is %[2]s now", duration(&valid), duration(l.MaxValid))
		l.Valid = l.MaxValid
		l.MinValid = atMost(l.MinValid, *l.MaxValid)
	}
	l.repairPreferred(r)
	l.repairTimers(r)
}

func (l *Lifetime) repairPreferred(r *Report) {
	valid := or(l.Valid, defaultValid)
	switch preferred := or(l.Preferred, defaultPreferred); {
	case preferred <= valid:
	case l.Preferred == nil:
		l.Preferred = &valid
	default:
		r.Changed(l.Origin, "the preferred lifetime of %s is longer than the valid one of %s: it is %[2]s now", duration(&preferred), duration(&valid))
		l.Preferred = &valid
	}
	preferred := or(l.Preferred, defaultPreferred)
	l.MinPreferred = atMost(l.MinPreferred, preferred)
	if l.MaxPreferred != nil && *l.MaxPreferred < preferred {
		l.MaxPreferred = &preferred
	}
}

// repairTimers has T1 before T2, and T2 before the end of the preferred
// lifetime (RFC 9915 section 14.2).
func (l *Lifetime) repairTimers(r *Report) {
	preferred := or(l.Preferred, defaultPreferred)
	if l.T2 != nil && *l.T2 > preferred {
		r.Changed(l.Origin, "T2 of %s is longer than the preferred lifetime of %s: four fifths of that now", duration(l.T2), duration(&preferred))
		l.T2 = nil
	}
	if l.T1 != nil && *l.T1 > or(l.T2, preferred*4/5) {
		r.Changed(l.Origin, "T1 of %s is longer than T2: half of the preferred lifetime of %s now", duration(l.T1), duration(&preferred))
		l.T1 = nil
	}
}

func or(d *time.Duration, other time.Duration) time.Duration {
	if d == nil {
		return other
	}
	return *d
}

func atMost(d *time.Duration, most time.Duration) *time.Duration {
	if d == nil || *d <= most {
		return d
	}
	return &most
}
