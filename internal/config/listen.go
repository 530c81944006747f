package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/stage6/stage6/internal/strict"
)

// serverPort is the UDP port of servers and relay agents (RFC 9915 section 7.2).
const serverPort = 547

// The groups that servers are in (RFC 9915 section 7.1).
const (
	allRelayAgentsAndServers = "ff02::1:2"
	allServers               = "ff05::1:3"
)

// Listen is an address to listen on.
type Listen struct {
	Addr netip.Addr  // without zone; unspecified is any unicast address
	Zone string      // the interface; nothing is any, for a group each
	Port uint16      // UDP
	Node strict.Node // zero for the defaults
}

// String gives the form that the configuration has, such as [ff02::1:2%eth0]:547.
func (l Listen) String() string {
	return net.JoinHostPort(l.Addr.WithZone(l.Zone).String(), strconv.Itoa(int(l.Port)))
}

// defaultListen is both groups on all interfaces, and any unicast address.
func defaultListen() Listens {
	return Listens{
		{Addr: netip.MustParseAddr(allRelayAgentsAndServers), Port: serverPort},
		{Addr: netip.MustParseAddr(allServers), Port: serverPort},
		{Addr: netip.IPv6Unspecified(), Port: serverPort},
	}
}

// DecodeNode reads what CoreDHCP reads, such as [ff02::1:2%eth0]:547, %eth0,
// :547, [::] or [2001:db8::2], and an address without brackets.
func (l *Listen) DecodeNode(n strict.Node) error {
	text, err := n.Text()
	if err != nil {
		return err
	}
	if *l, err = parseListen(text); err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	l.Node = n
	return nil
}

func parseListen(text string) (Listen, error) {
	host, port, err := splitHostPort(text)
	if err != nil {
		return Listen{}, err
	}
	l := Listen{Addr: netip.IPv6Unspecified(), Port: serverPort}
	ip, zone, zoned := strings.Cut(host, "%")
	if ip != "" {
		if l.Addr, err = netip.ParseAddr(ip); err != nil {
			return Listen{}, errors.New("not an IPv6 address")
		}
	}
	if l.Zone = zone; zoned {
		if err := checkZone(zone); err != nil {
			return Listen{}, err
		}
	}
	if port != "" {
		if l.Port, err = parsePort(port); err != nil {
			return Listen{}, err
		}
	}
	return l, l.check()
}

// splitHostPort gives what is before the port, without brackets, and the port
// or nothing.
func splitHostPort(text string) (host, port string, err error) {
	if _, err := netip.ParseAddr(text); err == nil {
		return text, "", nil
	}
	rest := text
	if inside, ok := strings.CutPrefix(text, "["); ok {
		if host, rest, ok = strings.Cut(inside, "]"); !ok {
			return "", "", errors.New(`"]" is missing`)
		}
		if host == "" {
			return "", "", errors.New("nothing is in the brackets")
		}
	}
	zone, port, hasPort := strings.Cut(rest, ":")
	if _, err := netip.ParseAddr(zone); err == nil {
		return "", "", errIPv4
	}
	if text == "" || zone != "" && zone[0] != '%' || hasPort && port == "" {
		return "", "", errors.New("want an address such as [ff02::1:2%eth0]:547, %eth0 or :547")
	}
	return host + zone, port, nil
}

// errIPv4 is what is wrong with an address of CoreDHCP's part for DHCPv4.
var errIPv4 = errors.New("an IPv4 address, but stage6 serves DHCPv6 only")

func parsePort(text string) (uint16, error) {
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return 0, fmt.Errorf("port %q: want 1 to 65535", text)
	}
	return uint16(port), nil
}

// maxZone is the length of the longest name of an interface (IFNAMSIZ less the
// zero at its end).
const maxZone = 15

// checkZone says what is wrong with the name of an interface, or nil.
func checkZone(name string) error {
	if name == "" || len(name) > maxZone || strings.ContainsAny(name, "/%: \t\n") || name == "." || name == ".." {
		return fmt.Errorf("interface %q: want a name of 1 to %d characters", name, maxZone)
	}
	return nil
}

// check says what is wrong with an address to listen on, or nil.
func (l Listen) check() error {
	a := l.Addr
	switch {
	case a.IsMulticast() && a.String() != allRelayAgentsAndServers && a.String() != allServers:
		return fmt.Errorf("no client sends to the group %s, want %s or %s", a, allRelayAgentsAndServers, allServers)
	case a.IsLinkLocalUnicast() && l.Zone == "":
		return fmt.Errorf("a link-local address wants its interface, such as [%s%%eth0]", a)
	case a.Is4() || a.Is4In6():
		return errIPv4
	case !a.IsUnspecified() && !a.IsLoopback() && strings.HasPrefix(a.String(), "::"):
		return fmt.Errorf("an address without a prefix, write [::]%s if a port is meant", strings.TrimPrefix(a.String(), ":"))
	}
	return nil
}

// Listens is the addresses to listen on, each once.
type Listens []Listen

// DecodeNode reads one address or a list.
func (ls *Listens) DecodeNode(n strict.Node) error {
	var list []Listen
	if err := strict.Decode(n, &list); err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("the list is empty, leave the key out to listen everywhere")
	}
	*ls = nil
	var errs []error
	for _, l := range list {
		errs = append(errs, ls.add(l))
	}
	return strict.Join(errs...)
}

// add appends l unless it is there. A group or the unspecified address on all
// interfaces and on one of them is a contradiction: which is meant?
func (ls *Listens) add(l Listen) error {
	for _, have := range *ls {
		if have.Addr != l.Addr || have.Port != l.Port {
			continue
		}
		if have.Zone == l.Zone {
			return nil
		}
		if have.Zone == "" || l.Zone == "" {
			return l.Node.Err("%q contradicts %q at %s: on all interfaces or on one?", l, have, have.Node.Pos())
		}
	}
	*ls = append(*ls, l)
	return nil
}
