package config

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/stage6/stage6/internal/strict"
)

// Server6 is the DHCPv6 server.
type Server6 struct {
	Listen  Listens
	Relays  Relays
	Links   []Link
	Plugins Items `config:"required"`

	RapidCommit bool `yaml:"rapid_commit"` // of links that do not say
	Unicast     Unicast
	Always      Codes // sent without being asked for
	Never       Codes // not sent even when asked for
	RSOO        Codes // what a relay's RSOO option may add (RFC 6422)

	DeclineQuarantine  time.Duration `yaml:"decline_quarantine" config:"min=1s"`    // how long a declined address rests
	SolMaxRT           time.Duration `yaml:"sol_max_rt" config:"min=60s,max=1d"`    // RFC 9915 section 21.24; 0 is not sent
	InfMaxRT           time.Duration `yaml:"inf_max_rt" config:"min=60s,max=1d"`    // RFC 9915 section 21.25; 0 is not sent
	InformationRefresh time.Duration `yaml:"information_refresh" config:"min=600s"` // RFC 9915 section 21.23; 0 is not sent

	LinkWatch    LinkWatch    // how router advertisements and other servers are watched for
	KnownServers KnownServers `yaml:"known_servers"`

	TokenLifetime time.Duration `yaml:"token_lifetime" config:"min=10m,max=30d"` // of one-time boot tokens

	Queue int `config:"min=1,max=1048576"` // most exchanges that wait for the store

	Limits Limits // of who sends too much

	History Memory // what is remembered of the last exchanges; 0 is nothing

	Interface oldInterface `config:"unlisted"`
}

// oldInterface is CoreDHCP's deprecated way to write listen, which is refused.
type oldInterface struct{}

// DecodeNode always gives an error.
func (*oldInterface) DecodeNode(n strict.Node) error {
	name, err := n.Text()
	if err != nil {
		return err
	}
	return n.Err("this key was renamed, write: listen: '[ff02::1:2%%%s]'", name)
}

// DecodeNode reads the keys and checks what they say together.
func (s *Server6) DecodeNode(n strict.Node) error {
	type keys Server6
	if err := strict.Decode(n, (*keys)(s)); err != nil {
		return err
	}
	var both error
	for _, code := range s.Never {
		if slices.Contains(s.Always, code) {
			both = n.Get("never").Err("option %s is listed under always, too", code)
			break
		}
	}
	return strict.Join(both, checkLinks(s.Links))
}

// Unicast is what becomes of a client's message that it sent to a unicast
// address though it may not (RFC 9915 section 16). The zero value drops it.
type Unicast bool

// The ways to treat such messages.
const (
	DropUnicast   Unicast = false
	AcceptUnicast Unicast = true
)

// UnmarshalText reads drop or accept.
func (u *Unicast) UnmarshalText(text []byte) error {
	switch string(text) {
	case "drop":
		*u = DropUnicast
	case "accept":
		*u = AcceptUnicast
	default:
		return fmt.Errorf("%q: want drop or accept", text)
	}
	return nil
}

// Link is a link that the kernel does not know, or that differs from others.
type Link struct {
	Name        string
	Interface   string         // of this machine, or nothing
	Prefixes    []netip.Prefix // on-link, beside those that the kernel knows
	RapidCommit *bool          `yaml:"rapid_commit"` // nil is as the server has it
	LinkWatch   *bool          // nil is as the server has it
	Node        strict.Node    `yaml:"-"`
}

// DecodeNode reads the keys and remembers their place.
func (l *Link) DecodeNode(n strict.Node) error {
	type keys Link
	l.Node = n
	return strict.Decode(n, (*keys)(l))
}

// Validate says what is wrong with a link by itself.
func (l *Link) Validate() error {
	if l.Interface == "" && len(l.Prefixes) == 0 {
		return errors.New("want an interface or prefixes, to tell which link it is")
	}
	if err := checkZone(l.Interface); l.Interface != "" && err != nil {
		return err
	}
	for _, p := range l.Prefixes {
		if p.Addr().IsMulticast() || p.Addr().IsLinkLocalUnicast() || p.Bits() == 0 {
			return fmt.Errorf("prefix %q is on every link, want a global or unique local one", p)
		}
	}
	return nil
}

// checkLinks finds links that claim the same name, interface or prefix.
func checkLinks(links []Link) error {
	taken := map[string]strict.Node{}
	var errs []error
	for _, l := range links {
		for _, claim := range l.claims() {
			if first, ok := taken[claim]; ok {
				errs = append(errs, l.Node.Err("%s is that of another link, too, at %s", claim, first.Pos()))
				continue
			}
			taken[claim] = l.Node
		}
	}
	return strict.Join(errs...)
}

// claims gives what belongs to one link only.
func (l *Link) claims() []string {
	var out []string
	if l.Name != "" {
		out = append(out, fmt.Sprintf("name %q", l.Name))
	}
	if l.Interface != "" {
		out = append(out, fmt.Sprintf("interface %q", l.Interface))
	}
	for _, p := range l.Prefixes {
		out = append(out, fmt.Sprintf("prefix %q", p))
	}
	return out
}
