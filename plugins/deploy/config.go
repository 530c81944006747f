package deploy

import (
	"errors"
	"fmt"
	"time"

	"github.com/stage6/stage6/internal/ranges"
	"github.com/stage6/stage6/internal/strict"
)

// What holds where the settings do not say.
const (
	defaultLifetime   = time.Hour // longer than any stage takes: loaders never renew
	defaultQuarantine = 5 * time.Minute
	defaultPerHost    = 8 // two boots with all their clients
)

// config is the settings. A single value or a list is that of pool.
type config struct {
	ranges.Settings
	known, unknown bool
	Lifetime       time.Duration
	Quarantine     time.Duration
	PerHost        int
}

// settings are the keys.
type settings struct {
	Pool       []ranges.Span
	Exclude    []ranges.Excluded
	Allocation allocation
	For        []machines    `config:"fields"`
	Lifetime   time.Duration `config:"min=2m"`
	Quarantine time.Duration
	PerHost    int `yaml:"per_host" config:"min=1,max=1024"`
}

// DecodeNode reads a range, a list of ranges or all settings.
func (c *config) DecodeNode(n strict.Node) error {
	s := settings{Lifetime: defaultLifetime, Quarantine: defaultQuarantine, PerHost: defaultPerHost}
	key := "pool"
	if n.Kind() == strict.Single || n.Kind() == strict.List {
		key = ""
		if err := strict.Decode(n, &s.Pool); err != nil {
			return err
		}
	} else if err := strict.Decode(n, &s); err != nil {
		return err
	}
	*c = config{
		Settings: ranges.Settings{Range: s.Pool, Exclude: s.Exclude, Allocation: ranges.Allocation(s.Allocation)},
		known:    len(s.For) == 0, unknown: len(s.For) == 0,
		Lifetime: s.Lifetime, Quarantine: s.Quarantine, PerHost: s.PerHost,
	}
	for _, m := range s.For {
		c.known, c.unknown = c.known || m == "known", c.unknown || m == "unknown"
	}
	return c.Check(n, key)
}

// machines is those that are hosts of the configuration, or the others.
type machines string

// UnmarshalText reads known or unknown.
func (m *machines) UnmarshalText(text []byte) error {
	*m = machines(text)
	if *m != "known" && *m != "unknown" {
		return fmt.Errorf("%q: want known, unknown or both", text)
	}
	return nil
}

// allocation is hashed or random: the address after the last one is the one
// that the last client may still use.
type allocation ranges.Allocation

// UnmarshalText reads hashed or random.
func (a *allocation) UnmarshalText(text []byte) error {
	if string(text) == "sequential" {
		return errors.New(`"sequential" hands out addresses that were in use a moment ago, want hashed or random`)
	}
	return (*ranges.Allocation)(a).UnmarshalText(text)
}
