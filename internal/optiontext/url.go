package optiontext

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/stage6/stage6/internal/strict"
)

func urlKind() *kind {
	return &kind{
		name: "url", wants: "a URL",
		encode: once(encodeURL),
		valid:  func(data []byte) bool { return CheckURL(string(data)) == nil },
	}
}

// urlsKind is a list of URLs, each behind its length of 16 bits (RFC 8572
// section 8.3).
func urlsKind() *kind {
	return &kind{
		name: "urls", wants: "a list of URLs",
		encode: once(func(n strict.Node) ([]byte, error) { return encodeTexts(n, encodeURL) }),
		valid:  validTexts,
	}
}

// uriKind is a URL or a name such as urn:ietf:params:capport:unrestricted (RFC
// 8910 section 2).
func uriKind() *kind {
	k := urlKind()
	k.encode = once(func(n strict.Node) ([]byte, error) {
		if text, err := n.Text(); err == nil && isURN(text) {
			return []byte(text), nil
		}
		return encodeURL(n)
	})
	k.valid = func(data []byte) bool { return isURN(string(data)) || CheckURL(string(data)) == nil }
	return k
}

func isURN(text string) bool {
	return strings.HasPrefix(text, "urn:") && !strings.ContainsFunc(text, notInURL)
}

func encodeURL(n strict.Node) ([]byte, error) {
	text, err := n.Text()
	if err == nil {
		err = n.Wrap(CheckURL(text))
	}
	return []byte(text), err
}

// CheckURL refuses URLs that a client cannot load: without scheme or host, or
// with an IPv6 address without brackets (RFC 3986 section 3.2.2). Braces and $
// may stand in it: boot loaders expand ${net0/mac}.
func CheckURL(text string) error {
	if text == "" {
		return errors.New("the URL is empty")
	}
	for _, r := range text {
		if notInURL(r) {
			return fmt.Errorf("%q: %q must be written as %s", text, string(r), url.PathEscape(string(r)))
		}
	}
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || scheme == "" {
		return fmt.Errorf("%q has no scheme, want a URL such as http://[2001:db8::1]/boot", text)
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if a, err := netip.ParseAddr(authority); err == nil && a.Is6() {
		return fmt.Errorf("%q: an IPv6 address stands in brackets, write %s://[%s]%s", text, scheme, authority, path)
	}
	return parseURL(text)
}

func parseURL(text string) error {
	u, err := url.Parse(text)
	if why := (*url.Error)(nil); errors.As(err, &why) {
		err = why.Err
	}
	switch {
	case err != nil:
		return fmt.Errorf("%q is not a URL: %w", text, err)
	case u.Hostname() == "":
		return fmt.Errorf("%q has no host", text)
	}
	return checkHost(text, u)
}

func checkHost(text string, u *url.URL) error {
	if strings.HasPrefix(u.Host, "[") {
		a, err := netip.ParseAddr(u.Hostname())
		switch {
		case err != nil || !a.Is6():
			return fmt.Errorf("%q: %q is not an IPv6 address", text, u.Hostname())
		case a.Zone() != "":
			return fmt.Errorf("%q: the address has a zone, which means nothing to another machine", text)
		}
		return nil
	}
	if strings.Contains(u.Hostname(), ":") {
		return fmt.Errorf("%q: an IPv6 address stands in brackets", text)
	}
	return nil
}

// notInURL says whether a character cannot stand in a URL as it is.
func notInURL(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"<>\^`+"`", r) }
