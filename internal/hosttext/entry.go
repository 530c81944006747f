package hosttext

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/internal/reserve"
	"github.com/stage6/stage6/internal/strict"
)

// Entry is one host as it is written: its name, what is said of the machine,
// and its interfaces, or, when there is only one, what is said of that.
type Entry struct {
	Name       placed[name] `config:"key"`
	Hostname   hostname
	State      host.State
	Tags       []tag `config:"fields"`
	Options    optiontext.Values
	UUID       []placed[ident.UUID]
	DUID       []placed[ident.DUID]
	Client     []placed[client]
	single     `yaml:",inline"`
	Interfaces []iface
}

// single is what is said of an interface that may stand with the host itself.
type single struct {
	MAC     []placed[ident.MAC]
	Port    []placed[ident.Port]
	Address []placed[address]
	Prefix  []placed[prefix]
}

// iface is one interface of several.
type iface struct {
	Name   placed[name] `config:"key"`
	DUID   []placed[ident.DUID]
	Client []placed[client]
	single `yaml:",inline"`
}

// maxInterfaces bounds what is looked at for an exchange of one host.
const maxInterfaces = 64

// placed is a value with the place where it is written.
type placed[T any] struct {
	value T
	at    strict.Place
}

// DecodeNode reads the value.
func (p *placed[T]) DecodeNode(n strict.Node) error {
	p.at = n.Place()
	return strict.Decode(n, &p.value)
}

// Validate says why the settings do not describe a machine, or nil.
func (e *Entry) Validate() error {
	s := &e.single
	if len(e.Interfaces) > 0 && len(s.MAC)+len(s.Port)+len(s.Address)+len(s.Prefix) > 0 {
		return errors.New("mac, port, address and prefix belong under one of the interfaces, since there are interfaces")
	}
	if n := len(e.Interfaces); n > maxInterfaces {
		return fmt.Errorf("%d interfaces of one host, want at most %d", n, maxInterfaces)
	}
	if err := errors.Join(s.checkMany(), s.derive()); err != nil {
		return err
	}
	known := len(e.UUID) + len(e.DUID) + len(e.Client) + len(s.MAC) + len(s.Port)
	for i := range e.Interfaces {
		f := &e.Interfaces[i]
		if err := errors.Join(f.checkMany(), f.derive()); err != nil {
			return fmt.Errorf("interface %q: %w", f.Name.value, err)
		}
		own := len(f.MAC) + len(f.Port) + len(f.DUID) + len(f.Client)
		if known += own; own == 0 && i > 0 && len(e.UUID)+len(e.DUID)+len(e.Client) == 0 {
			return fmt.Errorf("interface %q has nothing that it is recognised by, want mac, port, duid or client", f.Name.value)
		}
	}
	if known == 0 {
		return errors.New("the host has nothing that it is recognised by, want mac, port, duid, client or uuid")
	}
	return nil
}

// checkMany says whether too much is reserved, or nil.
func (s *single) checkMany() error {
	if n := max(len(s.Address), len(s.Prefix)); n > reserve.Max {
		return fmt.Errorf("%d addresses or prefixes of one interface, want at most %d", n, reserve.Max)
	}
	return nil
}

// Host gives the host as the registry has it. What says which machine it is,
// but not which interface, stands with the first one.
func (e *Entry) Host() host.Host {
	h := host.Host{
		Name: string(e.Name.value), Hostname: string(e.Hostname), State: e.State,
		Options: encoded(e.Options), Source: e.Name.at.String(),
	}
	for _, t := range e.Tags {
		h.Tags = append(h.Tags, string(t))
	}
	if len(e.Interfaces) == 0 {
		h.Interfaces = []host.Interface{e.single.iface("", nil, nil)}
	}
	for i := range e.Interfaces {
		f := &e.Interfaces[i]
		h.Interfaces = append(h.Interfaces, f.single.iface(string(f.Name.value), f.DUID, f.Client))
	}
	first := &h.Interfaces[0]
	first.Clients = append(first.Clients, clients(e.DUID, e.Client)...)
	for _, u := range e.UUID {
		h.UUIDs = append(h.UUIDs, u.value)
	}
	return h
}

func (s *single) iface(name string, duids []placed[ident.DUID], ids []placed[client]) host.Interface {
	f := host.Interface{Name: name, Clients: clients(duids, ids)}
	for _, m := range s.MAC {
		f.MACs = append(f.MACs, m.value)
	}
	for _, p := range s.Port {
		f.Ports = append(f.Ports, p.value)
	}
	for _, a := range s.Address {
		f.Addresses = append(f.Addresses, a.value.Address)
	}
	for _, p := range s.Prefix {
		f.Prefixes = append(f.Prefixes, p.value.Prefix)
	}
	return f
}

func clients(duids []placed[ident.DUID], ids []placed[client]) (out []host.Client) {
	for _, d := range duids {
		out = append(out, host.Client{DUID: d.value})
	}
	for _, c := range ids {
		iaid := c.value.IAID
		out = append(out, host.Client{DUID: c.value.DUID, IAID: &iaid})
	}
	return out
}

// client is a DUID with one IAID.
type client struct {
	DUID ident.DUID `config:"required"`
	IAID uint32     `config:"required"`
}

// name is the name of a host or interface.
type name string

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,252}$`)

// UnmarshalText reads a name, which stands in commands, logs and URLs.
func (n *name) UnmarshalText(text []byte) error {
	if !nameForm.Match(text) {
		return fmt.Errorf("%q: want a name of letters, digits, dots, hyphens and underscores", text)
	}
	*n = name(text)
	return nil
}

// tag is a tag that the host's exchanges carry.
type tag string

var tagForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// UnmarshalText reads a tag, in the form that match expressions can name.
func (t *tag) UnmarshalText(text []byte) error {
	if !tagForm.Match(text) {
		return fmt.Errorf("tag %q: want letters, digits and underscores, as in when: tag.web", text)
	}
	*t = tag(text)
	return nil
}

// hostname is a host's domain name.
type hostname string

var hostnameForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$`)

// UnmarshalText reads a domain name (RFC 1123 section 2.1).
func (h *hostname) UnmarshalText(text []byte) error {
	if len(text) > 253 || !hostnameForm.Match(text) {
		return fmt.Errorf("%q is not a host name, want one such as web01.example.net", text)
	}
	*h = hostname(text)
	return nil
}

// CheckName says why a text is not the name of a host, or nil.
func CheckName(text string) error { return new(name).UnmarshalText([]byte(text)) }
