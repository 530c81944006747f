package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Endpoints is where the API answers.
type Endpoints []Endpoint

// SplitFields says that several may be written on one line.
func (Endpoints) SplitFields() bool { return true }

// Endpoint is unix: with the path of a socket, for administrators, or http://
// with an address and a port, for installers and what they show their tokens
// to.
type Endpoint string

// maxSocketPath is how many octets the path of a socket may have (unix(7)).
const maxSocketPath = 107

// installersExample is what errors offer for installers.
const installersExample = "http://[2001:db8:10::2]:8067"

// UnmarshalText reads an endpoint.
func (e *Endpoint) UnmarshalText(text []byte) error {
	*e = Endpoint(text)
	if path, ok := e.Socket(); ok && path != "" {
		if len(path) > maxSocketPath {
			return fmt.Errorf("%q: the path has %d octets, and a socket's may have %d", text, len(path), maxSocketPath)
		}
		return nil
	}
	rest, ok := strings.CutPrefix(string(text), "http://")
	if !ok {
		return fmt.Errorf("%q: want unix: and a path, such as %s, or, for the tokens of installers, an address such as %s", text, defaultAPI, installersExample)
	}
	if _, err := parseHTTP(rest); err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	return nil
}

// Socket gives the path of a unix socket, and whether the endpoint is one.
func (e Endpoint) Socket() (path string, ok bool) { return strings.CutPrefix(string(e), "unix:") }

// HTTP gives the address and port for HTTP over TCP, and whether the endpoint
// is that.
func (e Endpoint) HTTP() (netip.AddrPort, bool) {
	rest, ok := strings.CutPrefix(string(e), "http://")
	if !ok {
		return netip.AddrPort{}, false
	}
	a, err := parseHTTP(rest)
	return a, err == nil
}

// parseHTTP reads what follows http://.
func parseHTTP(text string) (netip.AddrPort, error) {
	if host, path, ok := strings.Cut(text, "/"); ok {
		if path != "" {
			return netip.AddrPort{}, fmt.Errorf("the API has no path of its own here, write http://%s", host)
		}
		text = host
	}
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return netip.AddrPort{}, fmt.Errorf("the port is missing, write http://%s", netip.AddrPortFrom(a, 8067))
	}
	a, err := netip.ParseAddrPort(text)
	switch {
	case err != nil:
		return a, fmt.Errorf("want an address in brackets and a port, such as %s", installersExample)
	case a.Port() == 0:
		return a, errors.New("port 0 is none, want 1 to 65535")
	case a.Addr().IsMulticast():
		return a, errors.New("a multicast address, want one of this machine's")
	case a.Addr().IsLinkLocalUnicast() && a.Addr().Is6() && a.Addr().Zone() == "":
		return a, fmt.Errorf("a link-local address wants its interface, such as http://[%s%%prov0]:%d", a.Addr(), a.Port())
	}
	return a, nil
}
