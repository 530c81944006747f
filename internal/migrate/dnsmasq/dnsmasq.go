// Package dnsmasq reads what dnsmasq has for DHCPv6: its configuration with the
// files that it names, and its lease file. It writes hosts as dhcp-host lines.
//
// What counts is what dnsmasq does with a line, not what its manual page makes
// one expect: options of which the tags hold go before others, and among those
// the one that stands last; a value of one octet matches any octet of an option;
// a dhcp-range without a prefix length is one of 64 bits.
package dnsmasq

import (
	"bytes"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// Format gives the format dnsmasq.
func Format() migrate.Format {
	return migrate.Format{
		Name: "dnsmasq", Title: "dnsmasq, its configuration and leases",
		Detect: detect, Import: importConfig, Leases: readLeases, Export: export,
	}
}

// detect looks for keys that no other server has.
func detect(_ string, head []byte) int {
	score := 0
	if isLeases(head) {
		return 90
	}
	for line := range bytes.Lines(head) {
		key, _, _ := strings.Cut(string(line), "=")
		switch key = strings.TrimSpace(key); {
		case key == "dhcp-range" || key == "dhcp-host" || key == "dhcp-option" || key == "enable-ra":
			return 95
		case known(key):
			score = 60
		}
	}
	return score
}

// known says whether a key is one of dnsmasq's.
func known(key string) bool {
	return handlers()[key] != nil || reasons()[key] != ""
}

func importConfig(sources []*migrate.Source, c *migrate.Config, r *migrate.Report) error {
	im := &importer{config: c, report: r, reader: reader{report: r}, hostNames: map[string]bool{}, byIdentity: map[string]*placed{}}
	for _, s := range sources {
		if isLeases(s.Data) {
			im.leases(s)
			continue
		}
		lines, err := im.reader.read(s)
		if err != nil {
			return err
		}
		for _, l := range lines {
			im.line(l)
		}
	}
	im.finish()
	return nil
}

// importer collects what the lines say; finish makes a configuration of it, since
// much depends on lines that come later.
type importer struct {
	config *migrate.Config
	report *migrate.Report
	reader reader

	ranges     []dhcpRange
	hosts      []dhcpHost
	options    []dhcpOption
	matches    []tagRule // tags by what clients say, and by tag-if
	ignores    []ignoreRule
	domain     migrate.Setting
	domains    []domainRange
	interfaces []migrate.Setting
	sequential migrate.Origin
	noDNS      bool // the DNS server of dnsmasq is off: port=0
	hostNames  map[string]bool
	ra         []line // enable-ra and ra-param
	tags       *tagBook
	placed     []*placed
	byIdentity map[string]*placed
	blocks     []*dhcpHost // that have one
}

// line takes one line.
func (im *importer) line(l line) {
	if h := handlers()[l.key]; h != nil {
		h(im, l)
		return
	}
	if why := reasons()[l.key]; why != "" {
		im.report.LeftOut(l.origin, "%s", why)
		return
	}
	im.report.LeftOut(l.origin, "%q is no setting of dnsmasq's that is known here", l.key)
}

// handlers says what reads the lines of each key.
func handlers() map[string]func(*importer, line) {
	return map[string]func(*importer, line){
		"dhcp-range":         (*importer).readRange,
		"dhcp-host":          (*importer).readHost,
		"dhcp-option":        (*importer).readOption,
		"dhcp-option-force":  (*importer).readOption,
		"dhcp-userclass":     (*importer).readUserClass,
		"dhcp-vendorclass":   (*importer).readVendorClass,
		"dhcp-match":         (*importer).readMatch,
		"dhcp-mac":           (*importer).readMAC,
		"dhcp-remoteid":      (*importer).readRemoteID,
		"dhcp-subscrid":      (*importer).readSubscriberID,
		"dhcp-name-match":    (*importer).readNameMatch,
		"tag-if":             (*importer).readTagIf,
		"dhcp-ignore":        (*importer).readIgnore,
		"dhcp-authoritative": (*importer).readAuthoritative,
		"dhcp-sequential-ip": (*importer).readSequential,
		"dhcp-duid":          (*importer).readServerDUID,
		"dhcp-leasefile":     (*importer).readLeaseFile,
		"domain":             (*importer).readDomain,
		"interface":          (*importer).readInterface,
		"port":               (*importer).readPort,
		"enable-ra":          (*importer).readRA,
		"ra-param":           (*importer).readRA,
		"log-dhcp":           (*importer).carried,
		"quiet-dhcp6":        (*importer).carried,
		"quiet-ra":           (*importer).carried,
	}
}

// carried takes a line that changes nothing here.
func (im *importer) carried(l line) {
	im.report.Note(l.origin, "nothing is to be done: messages are counted, not logged, and stage6 watch shows what happens")
}
