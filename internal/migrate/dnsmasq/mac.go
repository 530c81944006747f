package dnsmasq

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/stage6/stage6/ident"
)

// macPattern is a MAC with wildcards, which are empty.
type macPattern struct {
	octets [6]string // two lower-case digits each
	wild   bool
}

var macForm = regexp.MustCompile(`^(?:([0-9A-Fa-f]{1,2})-)?((?:[0-9A-Fa-f]{1,2}|\*)(?:[:-](?:[0-9A-Fa-f]{1,2}|\*)){5})$`)

// looksLikeMAC says whether a part of a dhcp-host can be a MAC.
func looksLikeMAC(s string) bool { return macForm.MatchString(s) }

// readMACPattern reads a MAC such as 52:54:00:*:*:* or 1-52:54:00:aa:bb:01,
// where the number in front is the type of hardware.
func readMACPattern(s string) (m macPattern, err error) {
	parts := macForm.FindStringSubmatch(s)
	if parts == nil {
		return m, fmt.Errorf("%q is no MAC, such as 52:54:00:aa:bb:01 or 52:54:00:*:*:*", show(s))
	}
	if kind := strings.TrimLeft(parts[1], "0"); kind != "" && kind != "1" {
		return m, fmt.Errorf("hardware type %s is not Ethernet", parts[1])
	}
	for i, o := range strings.FieldsFunc(parts[2], func(r rune) bool { return r == ':' || r == '-' }) {
		if o == "*" {
			m.wild = true
			continue
		}
		m.octets[i] = strings.ToLower(fmt.Sprintf("%02s", o))
	}
	return m, nil
}

// String gives a MAC without wildcards.
func (m macPattern) String() string { return strings.Join(m.octets[:], ":") }

// when gives the condition that a client has such a MAC.
func (m macPattern) when() string {
	if !m.wild {
		return "mac == " + quote(m.String())
	}
	head, pattern, gap := "", "^", false
	onlyTail := true
	for i, o := range m.octets {
		if i > 0 {
			pattern += ":"
		}
		if o == "" {
			gap = true
			pattern += "[0-9a-f]{2}"
			continue
		}
		onlyTail = onlyTail && !gap
		head += o + ":"
		pattern += o
	}
	switch {
	case head == "":
		return `mac != ""`
	case onlyTail:
		return "mac startsWith " + quote(strings.TrimSuffix(head, ":"))
	}
	return "mac matches " + quote(pattern+"$")
}

// hexValue reads octets with colons between them.
func hexValue(s string) ([]byte, bool) {
	if !strings.Contains(s, ":") {
		return nil, false
	}
	data, err := ident.ParseHex(s)
	return data, err == nil && len(data) > 0
}
