package pluginlist

import (
	"errors"
	"fmt"
	"strings"
)

// coreDHCPPlugins is where CoreDHCP has its plugins.
const coreDHCPPlugins = "github.com/coredhcp/coredhcp/plugins/"

// coreDHCP refuses the plugins of CoreDHCP, whose lists name them, and says what
// to write in their place.
func coreDHCP(path string) error {
	name, ours := strings.CutPrefix(path, coreDHCPPlugins)
	if !ours {
		return nil
	}
	switch name {
	case "dns", "nbp", "prefix", "searchdomains":
		return fmt.Errorf("a plugin of CoreDHCP: write %s, which stage6 has", name)
	case "serverid", "server_id":
		return errors.New("a plugin of CoreDHCP: write server_id, which stage6 has")
	case "file":
		return errors.New("a plugin of CoreDHCP: write hosts, which reads machines from files")
	case "range":
		return errors.New("a plugin of CoreDHCP for IPv4: leave it out, or write pool for addresses")
	case "leasetime", "lease_time":
		return errors.New("a plugin of CoreDHCP for IPv4: leave it out, or write lifetimes")
	case "autoconfigure", "ipv6only", "mtu", "netmask", "router", "staticroute":
		return errors.New("a plugin of CoreDHCP for IPv4: leave it out")
	}
	return errors.New("a plugin of CoreDHCP, which stage6 cannot run: leave it out")
}
