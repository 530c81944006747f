package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/stage6/stage6/internal/strict"
)

// Endpoints is where the API answers.
type Endpoints []Endpoint

// SplitFields says that several may be written on one line.
func (Endpoints) SplitFields() bool { return true }

// Endpoint is one place where the API answers: unix: with the path of a socket,
// for administrators, http:// with an address and a port, for installers and
// what they show their tokens to, or https:// likewise, for whoever has an API
// token.
type Endpoint struct {
	URL  string
	TLS  TLS         // of https://
	Node strict.Node // zero for the default and what flags say
}

// TLS is what an https:// endpoint needs. Files are beside the configuration
// unless their paths begin with a slash.
type TLS struct {
	Cert     string // file of the certificate, with those that lead to its authority
	Key      string // file of its private key
	Tokens   string // file of API tokens
	ClientCA string // file of the authorities of clients; nothing: clients need no certificate
}

// secureEndpoint is how an https:// endpoint is written.
type secureEndpoint struct {
	HTTPS    string `config:"required"`
	Cert     string
	Key      string
	Tokens   string
	ClientCA string `yaml:"client_ca"`
}

const (
	// maxSocketPath is how many octets the path of a socket may have (unix(7)).
	maxSocketPath = 107
	// installersExample is what errors offer for installers, and secureExample for
	// administrators elsewhere.
	installersExample = "http://[2001:db8:10::2]:8067"
	secureExample     = `{https: "[2001:db8:10::2]:8443", cert: /etc/stage6/api.crt, key: /etc/stage6/api.key, tokens: /etc/stage6/api-tokens.yml}`
)

// DecodeNode reads a text, or a map for https.
func (e *Endpoint) DecodeNode(n strict.Node) error {
	e.Node = n
	if n.Kind() == strict.Map {
		return e.decodeSecure(n)
	}
	text, err := n.Text()
	if err != nil {
		return err
	}
	if e.URL = text; strings.HasPrefix(text, "https://") {
		return fmt.Errorf("%q: TLS wants a certificate and API tokens, since everything may be asked with it: write %s", text, secureExample)
	}
	return e.checkText()
}

// checkText says what is wrong with an endpoint that is a text, or nil.
func (e *Endpoint) checkText() error {
	if path, ok := e.Socket(); ok && path != "" {
		if len(path) > maxSocketPath {
			return fmt.Errorf("%q: the path has %d octets, and a socket's may have %d", e.URL, len(path), maxSocketPath)
		}
		return nil
	}
	rest, ok := strings.CutPrefix(e.URL, "http://")
	if !ok {
		return fmt.Errorf("%q: want unix: and a path, such as %s, for the tokens of installers an address such as %s, or for API tokens %s", e.URL, defaultAPI, installersExample, secureExample)
	}
	if _, err := parseHTTP("http://", rest); err != nil {
		return fmt.Errorf("%q: %w", e.URL, err)
	}
	return nil
}

// decodeSecure reads the map of an https:// endpoint. Without tokens or a
// certificate there is none: whatever may be asked there must not be open to
// everybody.
func (e *Endpoint) decodeSecure(n strict.Node) error {
	if h := n.Get("http"); h.Kind() != strict.Null {
		return h.Err("an http endpoint takes one-time tokens alone and has no settings: write - http://[ADDRESS]:PORT, or https: for API tokens")
	}
	var s secureEndpoint
	if err := strict.Decode(n, &s); err != nil {
		return err
	}
	rest := strings.TrimPrefix(s.HTTPS, "https://")
	if _, err := parseHTTP("https://", rest); err != nil {
		return n.Get("https").Err("%q: %w", s.HTTPS, err)
	}
	e.URL, e.TLS = "https://"+strings.TrimSuffix(rest, "/"), TLS{s.Cert, s.Key, s.Tokens, s.ClientCA}
	return s.complete(n)
}

// complete says which file is missing, or nil.
func (s *secureEndpoint) complete(n strict.Node) error {
	for _, f := range []struct{ key, path, what string }{
		{"cert", s.Cert, "the file of the certificate"},
		{"key", s.Key, "the file of the certificate's private key"},
		{"tokens", s.Tokens, "the file of the API tokens, which stage6 api-token makes: without it everybody could change everything"},
	} {
		if f.path == "" {
			return n.Err("key %q is missing, %s: write %s", f.key, f.what, secureExample)
		}
	}
	return nil
}

// String gives the URL.
func (e Endpoint) String() string { return e.URL }

// Socket gives the path of a unix socket, and whether the endpoint is one.
func (e Endpoint) Socket() (path string, ok bool) { return strings.CutPrefix(e.URL, "unix:") }

// HTTP gives the address and port for HTTP over TCP, and whether the endpoint
// is that.
func (e Endpoint) HTTP() (netip.AddrPort, bool) { return e.over("http://") }

// HTTPS is HTTP for TLS.
func (e Endpoint) HTTPS() (netip.AddrPort, bool) { return e.over("https://") }

// TCP is HTTP with or without TLS.
func (e Endpoint) TCP() (netip.AddrPort, bool) {
	if a, ok := e.HTTP(); ok {
		return a, true
	}
	return e.HTTPS()
}

func (e Endpoint) over(scheme string) (netip.AddrPort, bool) {
	rest, ok := strings.CutPrefix(e.URL, scheme)
	if !ok {
		return netip.AddrPort{}, false
	}
	a, err := parseHTTP(scheme, rest)
	return a, err == nil
}

// parseHTTP reads what follows http:// or https://.
func parseHTTP(scheme, text string) (netip.AddrPort, error) {
	if host, path, ok := strings.Cut(text, "/"); ok {
		if path != "" {
			return netip.AddrPort{}, fmt.Errorf("the API has no path of its own here, write %s%s", scheme, host)
		}
		text = host
	}
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return netip.AddrPort{}, fmt.Errorf("the port is missing, write %s%s", scheme, netip.AddrPortFrom(a, 8067))
	}
	a, err := netip.ParseAddrPort(text)
	switch {
	case err != nil:
		return a, fmt.Errorf("want an address in brackets and a port, such as %s[2001:db8:10::2]:8067", scheme)
	case a.Port() == 0:
		return a, errors.New("port 0 is none, want 1 to 65535")
	case a.Addr().IsMulticast():
		return a, errors.New("a multicast address, want one of this machine's")
	case a.Addr().IsLinkLocalUnicast() && a.Addr().Is6() && a.Addr().Zone() == "":
		return a, fmt.Errorf("a link-local address wants its interface, such as %s[%s%%prov0]:%d", scheme, a.Addr(), a.Port())
	}
	return a, nil
}
