package pluginlist

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// coreDHCPPlugins is where CoreDHCP has its plugins.
const coreDHCPPlugins = "github.com/coredhcp/coredhcp/plugins/"

// coreDHCP refuses the plugins of CoreDHCP, whose lists name them, and says what
// to write in their place; builtins are the names of our own.
func coreDHCP(path string, builtins []string) error {
	name, ours := strings.CutPrefix(path, coreDHCPPlugins)
	if !ours {
		return nil
	}
	if name == "serverid" {
		name = "server_id"
	}
	if slices.Contains(builtins, name) {
		return fmt.Errorf("a plugin of CoreDHCP: write %s, which stage6 has", name)
	}
	switch name {
	case "range":
		return errors.New("a plugin of CoreDHCP for IPv4: leave it out, or write pool for addresses")
	case "leasetime", "lease_time":
		return errors.New("a plugin of CoreDHCP for IPv4: leave it out, or write lifetimes")
	case "autoconfigure", "ipv6only", "mtu", "netmask", "router", "staticroute":
		return errors.New("a plugin of CoreDHCP for IPv4: leave it out")
	}
	return errors.New("a plugin of CoreDHCP, which stage6 cannot run: leave it out")
}
