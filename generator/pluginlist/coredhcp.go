package pluginlist

import (
	"errors"
	"strings"
)

// coreDHCPPlugins is where CoreDHCP has its plugins.
const coreDHCPPlugins = "github.com/coredhcp/coredhcp/plugins/"

// coreDHCP refuses those plugins of CoreDHCP that do nothing for DHCPv6, and says
// what to write in their place.
func coreDHCP(path string) error {
	name, theirs := strings.CutPrefix(path, coreDHCPPlugins)
	if !theirs {
		return nil
	}
	switch name {
	case "range":
		return errors.New("a plugin of CoreDHCP for IPv4: leave it out, or write pool for addresses")
	case "leasetime":
		return errors.New("a plugin of CoreDHCP for IPv4: leave it out, or write lifetimes")
	case "autoconfigure", "ipv6only", "mtu", "netmask", "router", "staticroute":
		return errors.New("a plugin of CoreDHCP for IPv4: leave it out")
	}
	return nil
}
