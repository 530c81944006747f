package kea

import (
	"strconv"
	"time"

	"github.com/stage6/stage6/internal/migrate"
)

// Lifetimes that Kea has where nothing is said.
const keaValid = 7200 * time.Second

// lifetime reads the times of a scope. At the top those that are not set are
// Kea's own.
func (i *importer) lifetime(v *value, when string, top bool) migrate.Lifetime {
	l := migrate.Lifetime{
		Preferred: v.get("preferred-lifetime").seconds(), MinPreferred: v.get("min-preferred-lifetime").seconds(), MaxPreferred: v.get("max-preferred-lifetime").seconds(),
		Valid: v.get("valid-lifetime").seconds(), MinValid: v.get("min-valid-lifetime").seconds(), MaxValid: v.get("max-valid-lifetime").seconds(),
		T1: v.get("renew-timer").seconds(), T2: v.get("rebind-timer").seconds(),
		When: when,
	}
	l.Origin = firstTime(v)
	if top && l.Valid == nil {
		valid := keaValid
		l.Valid = &valid
	}
	inherited := i.root.get("preferred-lifetime").seconds()
	if l.Preferred == nil && l.Valid != nil && (inherited == nil || *inherited > *l.Valid) {
		preferred := (*l.Valid * 5 / 8).Truncate(time.Second)
		l.Preferred = &preferred
	}
	for _, key := range []string{"calculate-tee-times", "t1-percent", "t2-percent"} {
		v.get(key)
	}
	i.percent(v, &l)
	return l
}

// percent works the times for renewal out, where they are said to be parts of
// the preferred lifetime other than half and four fifths.
func (i *importer) percent(v *value, l *migrate.Lifetime) {
	if !v.get("calculate-tee-times").is() || l.Preferred == nil {
		return
	}
	for _, t := range []struct {
		key  string
		into **time.Duration
		as   string
	}{{"t1-percent", &l.T1, "0.5"}, {"t2-percent", &l.T2, "0.8"}} {
		text := v.get(t.key).string()
		if part, err := strconv.ParseFloat(text, 64); err == nil && text != t.as && part > 0 && part < 1 && *t.into == nil {
			d := time.Duration(float64(*l.Preferred) * part).Truncate(time.Second)
			*t.into = &d
		}
	}
}

// firstTime gives the line of the first setting of times.
func firstTime(v *value) migrate.Origin {
	for _, key := range []string{"valid-lifetime", "preferred-lifetime", "renew-timer", "rebind-timer", "min-valid-lifetime", "max-valid-lifetime"} {
		if v.get(key) != nil {
			return v.where(key)
		}
	}
	return migrate.Origin{}
}
