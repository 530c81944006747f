package pool

import (
	"fmt"
	"slices"
	"time"

	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// config is the settings. A single value or a list is that of Range.
type config struct {
	Range      []span
	Exclude    []excluded
	Allocation allocation
	Preferred  time.Duration     `config:"min=1s"` // zero: as plugin lifetimes or the server has it
	Valid      time.Duration     `config:"min=1s"`
	Options    optiontext.Values // for clients that get an address of the pool
}

// DecodeNode reads a range, a list of ranges or all settings.
func (c *config) DecodeNode(n strict.Node) error {
	if n.Kind() == strict.Single || n.Kind() == strict.List {
		if err := strict.Decode(n, &c.Range); err != nil {
			return err
		}
		return c.check(n, n)
	}
	type settings config
	if err := strict.Decode(n, (*settings)(c)); err != nil {
		return err
	}
	return c.check(n, n.Get("range"))
}

// check says what is wrong with the settings as a whole; ranges is where the
// ranges are written.
func (c *config) check(n, ranges strict.Node) error {
	if len(c.Range) == 0 {
		if ranges.Kind() == strict.Null {
			return n.Err("key %q is missing, want a prefix such as 2001:db8:10::d:0/112", "range")
		}
		return ranges.Err("the list is empty, want at least one range")
	}
	if c.Valid != 0 && c.Preferred > c.Valid {
		preferred, _ := n.Get("preferred").Text()
		valid, _ := n.Get("valid").Text()
		return n.Get("preferred").Err("%q is longer than valid, which is %q", preferred, valid)
	}
	return c.checkExclude()
}

// checkExclude says of which range nothing is left.
func (c *config) checkExclude() error {
	var errs []error
	for _, r := range c.Range {
		if slices.ContainsFunc(c.Exclude, r.inside) {
			errs = append(errs, r.node.Err("%q is excluded as a whole", r.text))
		}
	}
	return strict.Join(errs...)
}

// allocation is the order in which a range is given out.
type allocation pipeline.Allocation

// UnmarshalText reads hashed, random or sequential.
func (a *allocation) UnmarshalText(text []byte) error {
	switch string(text) {
	case "hashed":
		*a = allocation(pipeline.Hashed)
	case "random":
		*a = allocation(pipeline.Random)
	case "sequential":
		*a = allocation(pipeline.Sequential)
	default:
		return fmt.Errorf("%q: want hashed, random or sequential", text)
	}
	return nil
}
