package dnsmasq

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/stage6/stage6/internal/migrate"
)

// placed is a host of the configuration and the line that it is from.
type placed struct {
	host      migrate.Host
	line      *dhcpHost // the first one
	addresses []netip.Prefix
	index     int // of the line
}

func (im *importer) putHost(h *dhcpHost, index int) {
	if other := im.sameMachine(h); other != nil {
		im.join(other, h)
		return
	}
	im.placed = append(im.placed, &placed{im.newHost(h), h, h.addresses, index})
	im.identify(h, im.placed[len(im.placed)-1])
}

// identify notes what a host is recognised by.
func (im *importer) identify(h *dhcpHost, p *placed) {
	for _, key := range h.identities() {
		im.byIdentity[key] = p
	}
}

// identities lists what tells the machine.
func (h *dhcpHost) identities() (out []string) {
	for _, m := range h.macs {
		out = append(out, m.String())
	}
	for _, d := range h.duids {
		out = append(out, "id:"+d)
	}
	return out
}

// sameMachine gives the host that already has a MAC or DUID of the line.
func (im *importer) sameMachine(h *dhcpHost) *placed {
	for _, key := range h.identities() {
		if p := im.byIdentity[key]; p != nil {
			return p
		}
	}
	return nil
}

// join adds a line to the host that it is about. dnsmasq has a line for each
// network that a machine may be on; of two for one network it takes any.
func (im *importer) join(p *placed, h *dhcpHost) {
	switch {
	case text(p.line.tests) != text(h.tests):
		im.report.LeftOut(h.origin, "the machine is %s (%s), and gets other addresses there by other tags: a host has one set of addresses; give its other clients a pool", p.host.Name, p.host.Origin)
		return
	case shareNetwork(p.addresses, h.addresses):
		im.report.LeftOut(h.origin, "the machine is %s (%s) and has an address on that network already; dnsmasq takes either", p.host.Name, p.host.Origin)
		return
	}
	more := im.newHost(h)
	p.addresses = append(p.addresses, h.addresses...)
	p.host.MACs = union(p.host.MACs, more.MACs)
	p.host.DUIDs = union(p.host.DUIDs, more.DUIDs)
	p.host.Addresses = union(p.host.Addresses, more.Addresses)
	p.host.Tags = union(p.host.Tags, more.Tags)
	im.identify(h, p)
	im.report.Note(h.origin, "is of the same machine as %s and stands with it, as %s", p.host.Origin, p.host.Name)
}

func union(a, b []string) []string {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(a, x)
		}
	}
	return a
}

// shareNetwork says whether there are addresses of one network in both lists.
func shareNetwork(a, b []netip.Prefix) bool {
	for _, x := range a {
		for _, y := range b {
			if netip.PrefixFrom(x.Addr(), 64).Masked() == netip.PrefixFrom(y.Addr(), 64).Masked() {
				return true
			}
		}
	}
	return false
}

// newHost gives the host that a line describes.
func (im *importer) newHost(h *dhcpHost) migrate.Host {
	ids := h.identities()
	out := migrate.Host{DUIDs: h.duids, Origin: h.origin, Addresses: im.hostAddresses(h)}
	for _, m := range h.macs {
		out.MACs = append(out.MACs, m.String())
	}
	for _, s := range h.sets {
		out.Tags = append(out.Tags, im.tags.name(s))
	}
	if h.lease != 0 {
		out.Tags = append(out.Tags, leaseTag(h.lease))
	}
	if im.sameMachine(h) == nil {
		label, _, _ := strings.Cut(h.name, ".")
		out.Name = migrate.HostName(im.hostNames, label, strings.ReplaceAll(ids[0], ":", "-"))
		out.Hostname = im.hostname(h, out.Name)
	}
	if len(h.tests) > 0 {
		im.report.Changed(h.origin, "counts only for clients with %s in dnsmasq; here the machine is known to be %s in any case, and has its addresses where the tags hold and it is at stage final", text(h.tests), out.Name)
	}
	return out
}

// hostAddresses writes addresses, host parts and blocks.
func (im *importer) hostAddresses(h *dhcpHost) (out []string) {
	for i, p := range h.addresses {
		switch {
		case p.Bits() == 128:
			out = append(out, p.Addr().String())
			continue
		case p.Bits() < 120:
			im.report.Changed(h.origin, "%s is left out: a block has at most 256 addresses, /120", p)
			continue
		case p != p.Masked():
			im.report.Note(h.origin, "%s is the block %s", p, p.Masked())
		}
		h.addresses[i] = p.Masked()
		im.blocks = append(im.blocks, h)
		im.report.Changed(h.origin, "the first address of a block, %s, is never given to a client; its second one, %s, is for the installed system, and the others for what runs before it; an installer that stage does not know is told from the system by stage6 deploy NAME", p.Masked().Addr(), p.Masked().Addr().Next())
		out = append(out, p.Masked().String())
	}
	if im.several(h) {
		im.report.Changed(h.origin, "a client gets all addresses of its network here, and one of them in dnsmasq")
	}
	return out
}

// several says whether a line has several addresses of one network.
func (im *importer) several(h *dhcpHost) bool {
	seen := map[netip.Prefix]bool{}
	for _, p := range h.addresses {
		network := netip.PrefixFrom(p.Addr(), 64).Masked()
		if seen[network] {
			return true
		}
		seen[network] = true
	}
	return false
}

var hostnameForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$`)

// hostname gives the name that clients are told, or nothing if it is the host's.
func (im *importer) hostname(h *dhcpHost, name string) string {
	full := h.name
	if domain := im.domainOf(h); domain != "" && full != "" && !strings.Contains(full, ".") {
		full += "." + domain
	}
	if full == name || full == "" {
		return ""
	}
	if len(full) > 253 || !hostnameForm.MatchString(full) {
		im.report.Changed(h.origin, "%q is no name that could be told to clients", full)
		return ""
	}
	return full
}

// domainRange is a domain for the addresses of a prefix.
type domainRange struct {
	name   string
	prefix netip.Prefix
}

func (im *importer) domainOf(h *dhcpHost) string {
	for _, d := range im.domains {
		if slices.ContainsFunc(h.addresses, func(p netip.Prefix) bool { return d.prefix.Contains(p.Addr()) }) {
			return d.name
		}
	}
	return im.domain.Value
}

// sortHosts puts the hosts into the configuration in the order of their lines.
func (im *importer) sortHosts() {
	slices.SortStableFunc(im.placed, func(a, b *placed) int { return a.index - b.index })
	filters := im.filters()
	for _, p := range im.placed {
		if len(filters) > 0 && len(p.line.tests) > 0 && im.unfiltered(filters) {
			p.host.Tags = append(p.host.Tags, filterTag(im.tags, p.line.tests))
		}
		im.config.Hosts = append(im.config.Hosts, p.host)
	}
}

// filters lists the tests of hosts, each once.
func (im *importer) filters() (out [][]tagTest) {
	seen := map[string]bool{}
	for _, p := range im.placed {
		if t := text(p.line.tests); t != "" && !seen[t] {
			seen[t] = true
			out = append(out, p.line.tests)
		}
	}
	return out
}

// unfiltered says whether the hosts differ in their tests.
func (im *importer) unfiltered(filters [][]tagTest) bool {
	return len(filters) > 1 || slices.ContainsFunc(im.placed, func(p *placed) bool { return len(p.line.tests) == 0 && len(p.line.addresses) > 0 })
}

// filterTag names the hosts whose addresses are for clients with some tags.
func filterTag(b *tagBook, tests []tagTest) string {
	name := "if"
	for _, t := range tests {
		if t.not {
			name += "_not"
		}
		name += "_" + b.name(t.name)
	}
	return name
}

// bootLifetime is that of firmware, loaders and installers of hosts with blocks.
const bootLifetime = 30 * time.Minute

// putFinal keeps what is reserved for clients with the tags that the lines want,
// and the second address of blocks for installed systems.
func (im *importer) putFinal() {
	filters := im.filters()
	if len(filters)+len(im.blocks) == 0 {
		return
	}
	var parts []string
	for _, tests := range filters {
		when := im.when(tests)
		switch {
		case when == "":
		case im.unfiltered(filters):
			parts = append(parts, fmt.Sprintf("(not tag.%s or %s)", filterTag(im.tags, tests), brackets(when)))
		default:
			parts = append(parts, when)
		}
	}
	when := strings.Join(parts, " and ")
	if len(parts) == 1 && strings.HasPrefix(when, "(not tag.") {
		when = strings.TrimSuffix(strings.TrimPrefix(when, "("), ")")
	}
	im.config.Steps = append(im.config.Steps, migrate.Step{Plugin: "final", When: when})
	im.shortenBoot()
	im.tellInstallers()
}

// tellInstallers has the installers that say what they are told from systems, so
// that each has an address of the block.
func (im *importer) tellInstallers() {
	if len(im.blocks) > 0 {
		im.config.Stage = append(im.config.Stage, migrate.Tag{Name: "installer", When: `user_class == "anaconda" or vendor_class startsWith "anaconda"`})
	}
}

// shortenBoot bounds the leases of what runs before the installed system: with
// those of days or more, a block would be used up after a few boots.
func (im *importer) shortenBoot() {
	for i := range im.ranges {
		d := &im.ranges[i]
		if len(im.blocks) == 0 || d.lease <= time.Hour {
			continue
		}
		boot := bootLifetime
		im.config.Lifetimes = append(im.config.Lifetimes, migrate.Lifetime{Preferred: &boot, Valid: &boot, When: `stage != "final"`, Origin: d.origin})
		im.report.Changed(d.origin, "firmware, loaders and installers get leases of 30m: each boot makes new clients, and with longer ones their addresses would be used up")
		return
	}
}
