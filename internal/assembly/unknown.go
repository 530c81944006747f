package assembly

import (
	"fmt"

	"github.com/stage6/stage6/internal/strict"
)

// unknown makes the error for a plugin that is not compiled in, which says what
// stands for it where it is one of CoreDHCP's.
func (p Plugins) unknown(name string) error {
	advice := map[string]string{
		"range":         "write pool, with addresses only: leases are kept for the server as a whole, under leases",
		"file":          "write hosts, with the machines or their file",
		"autoconfigure": ipv4Only, "ipv6only": ipv4Only, "mtu": ipv4Only, "netmask": ipv4Only, "router": ipv4Only,
		"staticroute": ipv4Only, "lease_time": "write lifetimes",
		"sleep": "leave it out: it is for tests",
	}[name]
	if advice == "" {
		return strict.Unknown("plugin", name, p.Names(false))
	}
	return fmt.Errorf("unknown plugin %q, which CoreDHCP has: %s", name, advice)
}

const ipv4Only = "leave it out: it is for IPv4"
