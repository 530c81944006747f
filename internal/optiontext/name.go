package optiontext

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/internal/wire"
)

func nameKind() *kind {
	return &kind{
		name: "name", wants: "a domain name",
		encode: once(encodeName),
		valid:  func(data []byte) bool { return countNames(data) == 1 },
	}
}

func namesKind() *kind {
	return &kind{
		name: "names", wants: "a list of domain names",
		encode: once(func(n strict.Node) ([]byte, error) {
			nodes, err := items(n, true)
			if err != nil {
				return nil, err
			}
			if len(nodes) == 0 {
				return nil, errEmpty(n, "domain name")
			}
			return encodeList(nodes, encodeName)
		}),
		valid: func(data []byte) bool { return countNames(data) > 0 },
	}
}

// countNames gives the number of names in a list in wire form, or 0 if it is
// malformed.
func countNames(data []byte) (count int) {
	for _, err := range wire.ParseNames(data) {
		if err != nil {
			return 0
		}
		count++
	}
	return count
}

func encodeName(n strict.Node) ([]byte, error) {
	text, err := n.Text()
	if err != nil {
		return nil, err
	}
	if err := checkName(text); err != nil {
		return nil, n.Wrap(err)
	}
	data, err := wire.AppendName(nil, text)
	return data, n.Wrap(err)
}

// checkName refuses what could stand in a name on the wire but is not meant.
func checkName(name string) error {
	if _, err := netip.ParseAddr(strings.TrimSuffix(name, ".")); err == nil {
		return fmt.Errorf("%q is an address, want a domain name", name)
	}
	for _, c := range name {
		switch {
		case c > '~':
			return fmt.Errorf("domain name %q: %q is not ASCII, %s", name, c, adviseIDN(name))
		case !strings.ContainsRune(nameRunes, c):
			return fmt.Errorf("domain name %q: %q cannot be in a name", name, c)
		}
	}
	return nil
}

// nameRunes are those of host names (RFC 1123 section 2.1), the dot, and the
// underscore of service names.
const nameRunes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

// adviseIDN tells how to write an internationalized name (RFC 5891).
func adviseIDN(name string) string {
	if ascii, err := idna.Lookup.ToASCII(name); err == nil {
		return fmt.Sprintf("write it as %s", ascii)
	}
	return "write it as xn--..."
}
