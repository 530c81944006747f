package dnsmasq

import "strings"

// putRA tells of router advertisements, which are no matter of DHCPv6.
func (im *importer) putRA(d *dhcpRange) {
	var modes []string
	for _, m := range d.modes {
		if m != "static" {
			modes = append(modes, m)
		}
	}
	if len(modes) > 0 {
		im.report.Changed(d.origin, "%s is left out: %s", strings.Join(modes, ", "), routerAdvertisements)
	}
}

const routerAdvertisements = "router advertisements are up to the router, or to a daemon such as radvd beside stage6; with addresses by DHCPv6 they have the flag M, with options alone the flag O"

// putRouters tells of enable-ra and ra-param.
func (im *importer) putRouters() {
	for _, l := range im.ra {
		im.report.LeftOut(l.origin, "%s", routerAdvertisements)
	}
}
