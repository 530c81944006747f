package prefix

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/internal/quota"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// config is the settings.
type config struct {
	Pool           []pool `config:"required"`
	Length         int    `config:"min=1,max=127"` // the default; zero is the first of Lengths
	Lengths        []int  `config:"fields,min=1,max=127"`
	Exclude        []netip.Prefix
	ExcludedPrefix excludedPrefix `yaml:"excluded_prefix"`
	Allocation     allocation
	Preferred      time.Duration     `config:"min=1s"` // zero: as plugin lifetimes or the server has it
	Valid          time.Duration     `config:"min=1s"`
	Link           []string          // names; none is every link
	Options        optiontext.Values // for clients that get a prefix of the pool
	Keep           quota.Share       // of each pool, for known machines, once there are any
	PerSender      int               `yaml:"per_sender" config:"min=0,max=4096"` // prefixes of one sender; 0: any number
}

// DecodeNode reads the settings, or CoreDHCP's line of a prefix and the length
// of what is delegated.
func (c *config) DecodeNode(n strict.Node) error {
	usual := quota.Default()
	c.Keep, c.PerSender = usual.Keep, usual.PerSender
	if n.Kind() == strict.Single {
		if err := c.line(n); err != nil {
			return err
		}
		return c.checkLengths(n)
	}
	if n.Kind() == strict.List {
		return n.Err("got a list, want a line such as 2001:db8:f000::/40 56, or a map with pool and length")
	}
	type settings config
	if err := strict.Decode(n, (*settings)(c)); err != nil {
		return err
	}
	return strict.Join(c.check(n), c.checkLengths(n), c.checkExclude(n))
}

// line reads the prefix and the length of "2001:db8:f000::/40 56".
func (c *config) line(n strict.Node) error {
	parts, err := n.Fields()
	if err != nil {
		return err
	}
	if len(parts) != 2 {
		text, _ := n.Text()
		return n.Err("%q: want a prefix and the length of what is delegated, such as 2001:db8:f000::/40 56", text)
	}
	text, _ := parts[1].Text()
	length, err := strconv.Atoi(text)
	if err != nil || length < 1 || length > 127 {
		return parts[1].Err("length %q: want 1 to 127", text)
	}
	c.Length, c.Pool = length, make([]pool, 1)
	return parts[0].Wrap(strict.Decode(parts[0], &c.Pool[0]))
}

// lengths gives the lengths of what is delegated, the default first.
func (c *config) lengths() []int {
	if c.Length == 0 || len(c.Lengths) > 0 && c.Lengths[0] == c.Length {
		return c.Lengths
	}
	others := slices.DeleteFunc(slices.Clone(c.Lengths), func(l int) bool { return l == c.Length })
	return append([]int{c.Length}, others...)
}

// check says what is wrong with the settings beside the lengths.
func (c *config) check(n strict.Node) error {
	if len(c.Pool) == 0 {
		return n.Get("pool").Err("the list is empty, want at least one prefix")
	}
	if c.Valid != 0 && c.Preferred > c.Valid {
		preferred, _ := n.Get("preferred").Text()
		valid, _ := n.Get("valid").Text()
		return n.Get("preferred").Err("%q is longer than valid, which is %q", preferred, valid)
	}
	if link := n.Get("link"); link.Kind() == strict.List && len(c.Link) == 0 {
		return link.Err("the list is empty, leave the key out to serve every link")
	}
	return nil
}

// checkLengths says which length does not go with which pool.
func (c *config) checkLengths(n strict.Node) error {
	lengths := c.lengths()
	if len(lengths) == 0 {
		return n.Err("key %q is missing: the length of what is delegated, such as 56", "length")
	}
	var errs []error
	for _, p := range c.Pool {
		for _, length := range lengths {
			if length < p.Bits() {
				errs = append(errs, p.node.Err("of %s nothing of length %d can be delegated, want a length from %d", p.Prefix, length, p.Bits()))
			}
		}
	}
	return strict.Join(errs...)
}

// checkExclude says why an excluded prefix cannot be inside of what is
// delegated.
func (c *config) checkExclude(n strict.Node) error {
	e := c.ExcludedPrefix.Prefix
	if !e.IsValid() {
		return nil
	}
	at := n.Get("excluded_prefix")
	for _, length := range c.lengths() {
		if e.Bits() <= length {
			return at.Err("length %d: want more than %d, that of what is delegated", e.Bits(), length)
		}
		if outside, _ := e.Addr().Prefix(length); !outside.Addr().IsUnspecified() {
			return at.Err("%s is not inside of a prefix of length %d: its first %d bits are that prefix's, write zeros", e, length, length)
		}
	}
	return nil
}

// pool is a prefix of which parts are delegated.
type pool struct {
	netip.Prefix
	node strict.Node
}

// DecodeNode reads a prefix.
func (p *pool) DecodeNode(n strict.Node) error {
	p.node = n
	if err := strict.Decode(n, &p.Prefix); err != nil {
		return err
	}
	if a := p.Addr(); a.Is4In6() || a.IsMulticast() || a.IsLinkLocalUnicast() || p.Bits() == 0 {
		return n.Err("%q cannot be delegated from, want a prefix such as 2001:db8:f000::/40", p.Prefix)
	}
	return nil
}

// excludedPrefix is the part of each delegated prefix that the requesting
// router uses on its uplink only (RFC 6603): its bits after those of the
// delegated prefix.
type excludedPrefix struct{ netip.Prefix }

// UnmarshalText reads a prefix such as ::/64 or 0:0:0:1::/64, or its length.
func (e *excludedPrefix) UnmarshalText(text []byte) (err error) {
	if bits, err := strconv.Atoi(string(text)); err == nil {
		if bits < 1 || bits > 128 {
			return fmt.Errorf("length %d: want 1 to 128", bits)
		}
		e.Prefix = netip.PrefixFrom(netip.IPv6Unspecified(), bits)
		return nil
	}
	e.Prefix, err = strict.ParsePrefix(string(text))
	return err
}

// allocation is the order in which a pool is given out.
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
