package pluginlist

import "strings"

// coreDHCPPlugins is where CoreDHCP has its plugins.
const coreDHCPPlugins = "github.com/coredhcp/coredhcp/plugins/"

// ipv4Error is of a plugin that does nothing for DHCPv6. In a list it is left
// out.
type ipv4Error struct{ instead string }

func (e *ipv4Error) Error() string {
	text := "a plugin of CoreDHCP for IPv4: leave it out"
	if e.instead != "" {
		text += ", or write " + e.instead
	}
	return text
}

// coreDHCP refuses those plugins of CoreDHCP that do nothing for DHCPv6, with an
// *ipv4Error that says what to write in their place.
func coreDHCP(path string) error {
	name, theirs := strings.CutPrefix(path, coreDHCPPlugins)
	if !theirs {
		return nil
	}
	switch name {
	case "range":
		return &ipv4Error{"pool for addresses"}
	case "leasetime":
		return &ipv4Error{"lifetimes"}
	case "autoconfigure", "ipv6only", "mtu", "netmask", "router", "staticroute":
		return &ipv4Error{}
	}
	return nil
}
