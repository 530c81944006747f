package migrate

import (
	"fmt"
	"strings"
)

// Host is a known machine.
type Host struct {
	Name      string
	Interface string // of several hosts with one name, which are one machine; or nothing
	MACs      []string
	DUIDs     []string // hexadecimal with colons
	Clients   []Client
	UUIDs     []string
	Ports     []string // as the plugin hosts takes them
	Addresses []string // addresses, host parts such as ::56, blocks
	Prefixes  []string
	Hostname  string
	State     string
	Pinned    string // the DUID of its installed system, as somebody told the server
	Tags      []string
	Options   []Option
	Origin    Origin
}

// Client is one identity association of a DUID.
type Client struct {
	DUID string
	IAID uint32
}

// Recognised says whether anything tells which machine the host is.
func (h *Host) Recognised() bool {
	return len(h.MACs)+len(h.DUIDs)+len(h.Clients)+len(h.UUIDs)+len(h.Ports) > 0
}

// HostName makes a name for a host out of the first of the texts that has
// something, such as its name, else its MAC; others are in use already.
func HostName(used map[string]bool, texts ...string) string {
	name := "host"
	for _, t := range texts {
		if t = cleaned(t); t != "" {
			name = t
			break
		}
	}
	unique := name
	for i := 2; used[unique]; i++ {
		unique = fmt.Sprintf("%s-%d", name, i)
	}
	used[unique] = true
	return unique
}

// cleaned leaves of a text what may stand in a name, with hyphens for the rest.
func cleaned(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.', r == '_':
			return r
		}
		return '-'
	}, text)
	return strings.Trim(text, "-._")
}
