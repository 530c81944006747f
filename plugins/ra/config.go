package ra

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/mdlayher/ndp"

	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/link"
)

// config is the settings: one section, or several of different links.
type config struct{ sections []*section }

// section is what is advertised on some links.
type section struct {
	Links       []string // by name or interface; none: all
	Managed     *bool    // the M flag; nil: as the configuration serves
	Other       *bool    // the O flag; nil: as the configuration serves
	Prefixes    []prefix // nil: those of the link
	OnLink      bool     `yaml:"on_link"`
	Autonomous  bool
	Valid       time.Duration `config:"min=1m"`
	Preferred   time.Duration `config:"min=1s"`
	Lifetime    lifetime      // as default router
	Preference  preference
	DNS         []netip.Addr  `config:"fields"`
	Search      []string      `config:"fields"`
	MTU         int           `config:"min=1280,max=65535"`
	HopLimit    int           `yaml:"hop_limit" config:"min=0,max=255"` // 0: unspecified
	Interval    time.Duration `config:"min=4s,max=30m"`                 // MaxRtrAdvInterval
	MinInterval time.Duration `yaml:"min_interval" config:"min=3s"`     // MinRtrAdvInterval; 0: a third of Interval
	node        strict.Node
}

// Where the configuration says nothing. A day without the server is what leases
// have, too.
const (
	defaultValid     = 24 * time.Hour
	defaultPreferred = 12 * time.Hour
	defaultInterval  = 10 * time.Minute // RFC 4861 section 6.2.1
	defaultHopLimit  = 64
	maxLifetime      = 9000 * time.Second // RFC 4861 section 6.2.1
)

func newSection(n strict.Node) *section {
	return &section{OnLink: true, Valid: defaultValid, Preferred: defaultPreferred, HopLimit: defaultHopLimit, Interval: defaultInterval, node: n}
}

// DecodeNode reads nothing, the settings, or a list of them.
func (c *config) DecodeNode(n strict.Node) error {
	if n.Kind() == strict.Null {
		c.sections = []*section{newSection(n)}
		return nil
	}
	nodes := []strict.Node{n}
	if n.Kind() == strict.List {
		nodes = n.Items()
	}
	if len(nodes) == 0 {
		return n.Err("the list is empty, want settings for at least one link, or nothing at all for all links")
	}
	var errs []error
	for _, at := range nodes {
		s := newSection(at)
		errs = append(errs, s.decode(at))
		c.sections = append(c.sections, s)
	}
	return strict.Join(append(errs, c.check())...)
}

func (s *section) decode(n strict.Node) error {
	type keys section
	if err := strict.Decode(n, (*keys)(s)); err != nil {
		return err
	}
	return strict.Join(s.checkTimes(n), s.checkPrefixes(n), s.checkNames(n))
}

// checkTimes says which times do not go together (RFC 4861 section 6.2.1, RFC 4191
// section 2.2).
func (s *section) checkTimes(n strict.Node) error {
	switch {
	case s.Preferred > s.Valid && n.Get("preferred").Kind() == strict.Null:
		s.Preferred = s.Valid
	case s.Preferred > s.Valid:
		return n.Get("preferred").Err("%s is longer than valid, which is %s", s.Preferred, s.Valid)
	}
	switch {
	case s.MinInterval > s.Interval*3/4:
		return n.Get("min_interval").Err("%s is too long, want at most three quarters of interval, %s", s.MinInterval, s.Interval*3/4)
	case s.Lifetime != 0 && time.Duration(s.Lifetime) < s.Interval:
		return n.Get("lifetime").Err("%s is shorter than interval, %s: the router would be forgotten between two advertisements", time.Duration(s.Lifetime), s.Interval)
	case s.Lifetime == 0 && s.Preference != preference(ndp.Medium):
		return n.Get("preference").Err("only a default router has one: set lifetime, too")
	}
	if s.MinInterval == 0 {
		s.MinInterval = max(3*time.Second, s.Interval/3)
	}
	return nil
}

// checkPrefixes says which prefixes hosts would not take.
func (s *section) checkPrefixes(n strict.Node) error {
	var errs []error
	for i := range s.Prefixes {
		errs = append(errs, s.Prefixes[i].inherit(s))
	}
	if s.Autonomous && s.Prefixes == nil && s.OnLink && s.Valid < 2*time.Hour {
		errs = append(errs, n.Get("valid").Err("%s is shorter than what hosts heed of addresses that they make themselves, want at least 2h (RFC 4862 section 5.5.3)", s.Valid))
	}
	return strict.Join(errs...)
}

// checkNames checks what DHCPv6 has options for, too, in the same words.
func (s *section) checkNames(n strict.Node) error {
	var errs []error
	for key, code := range map[string]dhcpv6.OptionCode{"dns": dhcpv6.OptionDNSRecursiveNameServer, "search": dhcpv6.OptionDomainSearchList} {
		if at := n.Get(key); at.Kind() != strict.Null {
			_, err := optiontext.Decode(code, at)
			errs = append(errs, err)
		}
	}
	return strict.Join(errs...)
}

// check finds sections that are about the same link.
func (c *config) check() error {
	taken := map[string]strict.Node{}
	var errs []error
	for i, s := range c.sections {
		if len(s.Links) == 0 && i < len(c.sections)-1 {
			errs = append(errs, s.node.Err("links are missing: settings for all other links stand last"))
		}
		for _, name := range s.Links {
			if first, ok := taken[name]; ok {
				errs = append(errs, s.node.Err("link %q has settings already at %s", name, first.Pos()))
				continue
			}
			taken[name] = s.node
		}
	}
	return strict.Join(errs...)
}

// covers says whether the section is about a link.
func (s *section) covers(l *link.Link) bool {
	return len(s.Links) == 0 || slices.Contains(s.Links, l.Name) || slices.Contains(s.Links, l.Interface)
}

// prefix is one of a link, with what differs from others.
type prefix struct {
	Prefix     netip.Prefix `config:"required"`
	OnLink     *bool        `yaml:"on_link"`
	Autonomous *bool
	Valid      time.Duration `config:"min=1m"`
	Preferred  time.Duration `config:"min=1s"`
	node       strict.Node
}

// DecodeNode reads a prefix, or one with settings.
func (p *prefix) DecodeNode(n strict.Node) error {
	p.node = n
	if n.Kind() == strict.Single {
		return strict.Decode(n, &p.Prefix)
	}
	type keys prefix
	return strict.Decode(n, (*keys)(p))
}

// inherit fills in what the section says, and checks what comes of it.
func (p *prefix) inherit(s *section) error {
	if p.OnLink == nil {
		p.OnLink = &s.OnLink
	}
	if p.Autonomous == nil {
		p.Autonomous = &s.Autonomous
	}
	if p.Valid == 0 {
		p.Valid = s.Valid
	}
	if p.Preferred == 0 {
		p.Preferred = min(s.Preferred, p.Valid)
	}
	switch {
	case p.Prefix.Bits() == 0 || p.Prefix.Addr().IsLinkLocalUnicast() || p.Prefix.Addr().IsMulticast() || !p.Prefix.Addr().Is6():
		return p.node.Err("%q is on every link, or on none: want a global or unique local one", p.Prefix)
	case *p.Autonomous && p.Prefix.Bits() != 64:
		return p.node.Err("%q is autonomous but no /64: hosts make no addresses of it (RFC 4862 section 5.5.3)", p.Prefix)
	case p.Preferred > p.Valid:
		return p.node.Err("%q is preferred for %s, longer than valid, which is %s", p.Prefix, p.Preferred, p.Valid)
	}
	return nil
}

// lifetime is for how long a host may take this machine for a default router.
type lifetime time.Duration

// UnmarshalText reads 0 or a time.
func (l *lifetime) UnmarshalText(text []byte) error {
	d, err := strict.ParseDuration(string(text))
	if err != nil {
		return err
	}
	if d != 0 && (d < time.Second || d > maxLifetime) {
		return fmt.Errorf("%q: want 0, for no default router, or up to 9000s", text)
	}
	*l = lifetime(d)
	return nil
}

// preference is which default router hosts take first (RFC 4191).
type preference ndp.Preference

// UnmarshalText reads low, medium or high.
func (p *preference) UnmarshalText(text []byte) error {
	switch string(text) {
	case "low":
		*p = preference(ndp.Low)
	case "medium":
		*p = preference(ndp.Medium)
	case "high":
		*p = preference(ndp.High)
	default:
		return errors.New(`"` + string(text) + `": want low, medium or high`)
	}
	return nil
}
