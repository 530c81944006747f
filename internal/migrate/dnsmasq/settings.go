package dnsmasq

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
)

// readAuthoritative takes dhcp-authoritative, which for DHCPv6 is the highest
// preference.
func (im *importer) readAuthoritative(l line) {
	im.config.Steps = append(im.config.Steps, migrate.Step{Plugin: "preference", Value: 255, Origin: l.origin})
}

func (im *importer) readSequential(l line) { im.sequential = l.origin }

// readServerDUID takes the enterprise number and identifier of the server's DUID.
func (im *importer) readServerDUID(l line) {
	parts := fields(l.value)
	if len(parts) != 2 {
		im.report.LeftOut(l.origin, "cannot be read: want dhcp-duid=ENTERPRISE,IDENTIFIER")
		return
	}
	_, err := strconv.ParseUint(parts[0], 10, 32)
	id, bad := ident.ParseHex(parts[1])
	if err != nil || bad != nil || len(id) == 0 {
		im.report.LeftOut(l.origin, "cannot be read: want a number, and octets in hexadecimal")
		return
	}
	im.config.ServerID = migrate.Setting{Value: "EN " + parts[0] + " 0x" + hex.EncodeToString(id), Origin: l.origin}
}

func (im *importer) readLeaseFile(l line) {
	im.report.LeftOut(l.origin, "leases are kept in a store of their own: take those of %s over with stage6 import leases", show(l.value))
}

// readDomain takes the domain of names, for all or for the addresses of a prefix.
func (im *importer) readDomain(l line) {
	parts := fields(l.value)
	switch {
	case len(parts) == 0 || parts[0] == "#":
		im.report.LeftOut(l.origin, "the domain is that of the machine that dnsmasq runs on: write it down, as searchdomains")
	case len(parts) == 1:
		im.domain = migrate.Setting{Value: show(parts[0]), Origin: l.origin}
	default:
		prefix, err := netip.ParsePrefix(show(parts[1]))
		if err != nil || !prefix.Addr().Is6() {
			im.report.LeftOut(l.origin, "is for IPv4, or for addresses that are no prefix")
			return
		}
		im.domains = append(im.domains, domainRange{show(parts[0]), prefix.Masked()})
	}
}

// readInterface takes the interfaces that are served.
func (im *importer) readInterface(l line) {
	for _, name := range fields(l.value) {
		switch name = show(name); {
		case name == "lo":
		case strings.HasSuffix(name, "*"):
			im.report.LeftOut(l.origin, "name each interface under listen: %s is a pattern", name)
		default:
			im.interfaces = append(im.interfaces, migrate.Setting{Value: name, Origin: l.origin})
		}
	}
}

func (im *importer) readPort(l line) {
	im.noDNS = l.value == "0"
	im.report.LeftOut(l.origin, "is for DNS")
}

func (im *importer) readRA(l line) { im.ra = append(im.ra, l) }

// putInterfaces says where to listen. dnsmasq serves clients and relay agents on
// all interfaces, unless some are named.
func (im *importer) putInterfaces() {
	for _, s := range im.interfaces {
		im.config.Listen = append(im.config.Listen, migrate.Listen{Interface: s.Value, Origin: s.Origin})
		im.report.Note(s.Origin, "serves the clients on %s; relay agents that send to an address of this machine need that address under listen, too", s.Value)
	}
}
