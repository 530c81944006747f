package migrate

import (
	"slices"
	"strings"
	"time"
)

// Repair changes what this server would not take, or what would not do what
// somebody wanted, whatever format it is from, and reports it.
func (c *Config) Repair(r *Report) {
	c.Hosts = repairHosts(c.Hosts, r)
	for i := range c.Lifetimes {
		c.Lifetimes[i].repair(r)
	}
	c.Lifetimes = slices.DeleteFunc(c.Lifetimes, Lifetime.empty)
	c.Boot = repairBoot(c.Boot, r)
}

func (l Lifetime) empty() bool {
	for _, d := range []*time.Duration{l.Preferred, l.MinPreferred, l.MaxPreferred, l.Valid, l.MinValid, l.MaxValid, l.T1, l.T2} {
		if d != nil {
			return false
		}
	}
	return true
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

// repairBoot puts what is for loaders before what is for all of an
// architecture: iPXE names the architecture of the firmware that loaded it, and
// would be told to load itself for ever.
func repairBoot(entries []Boot, r *Report) []Boot {
	out := slices.Clone(entries)
	slices.SortStableFunc(out, func(a, b Boot) int { return rank(a) - rank(b) })
	for i, b := range entries {
		later := slices.ContainsFunc(entries[i+1:], func(x Boot) bool { return rank(x) < rank(b) })
		if later {
			r.Changed(b.Origin, "stands behind what is for iPXE now: iPXE names the architecture of its firmware, and would have loaded itself for ever")
		}
	}
	return out
}

// rank is 0 for what asks for a user class or for the stage of loaders, 1 for
// what asks for something else, and 2 for what is for all.
func rank(b Boot) int {
	switch {
	case slices.Contains(b.Stage, "loader") || slices.Contains(b.Method, "ipxe") || mentionsUserClass(b.When):
		return 0
	case b.When != "" || len(b.Arch)+len(b.Method)+len(b.Stage) > 0:
		return 1
	}
	return 2
}

// mentionsUserClass says whether a condition demands a user class.
func mentionsUserClass(when string) bool {
	return strings.Contains(when, "user_class") && !strings.Contains(when, "not user_class") && !strings.Contains(when, "user_class !=")
}
