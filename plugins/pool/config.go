package pool

import (
	"time"

	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/internal/quota"
	"github.com/stage6/stage6/internal/ranges"
	"github.com/stage6/stage6/internal/strict"
)

// config is the settings. A single value or a list is that of Range.
type config struct {
	ranges.Settings
	Preferred time.Duration // zero: as plugin lifetimes or the server has it
	Valid     time.Duration
	Options   optiontext.Values // for clients that get an address of the pool
	Quota     quota.Settings
}

// settings are the keys.
type settings struct {
	Range      []ranges.Span
	Exclude    []ranges.Excluded
	Allocation ranges.Allocation
	Preferred  time.Duration `config:"min=1s"`
	Valid      time.Duration `config:"min=1s"`
	Options    optiontext.Values
	Keep       quota.Share
	PerSender  int `yaml:"per_sender" config:"min=0,max=4096"`
}

// DecodeNode reads a range, a list of ranges or all settings.
func (c *config) DecodeNode(n strict.Node) error {
	c.Quota = quota.Default()
	if n.Kind() == strict.Single || n.Kind() == strict.List {
		if err := strict.Decode(n, &c.Range); err != nil {
			return err
		}
		return c.Check(n, "")
	}
	s := settings{Keep: c.Quota.Keep, PerSender: c.Quota.PerSender}
	if err := strict.Decode(n, &s); err != nil {
		return err
	}
	*c = config{ranges.Settings{Range: s.Range, Exclude: s.Exclude, Allocation: s.Allocation}, s.Preferred, s.Valid, s.Options, quota.Settings{Keep: s.Keep, PerSender: s.PerSender}}
	if c.Valid != 0 && c.Preferred > c.Valid {
		preferred, _ := n.Get("preferred").Text()
		valid, _ := n.Get("valid").Text()
		return n.Get("preferred").Err("%q is longer than valid, which is %q", preferred, valid)
	}
	return c.Check(n, "range")
}
