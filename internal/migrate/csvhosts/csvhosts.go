// Package csvhosts reads tables of machines, with whatever names their columns
// have, and writes hosts as the table that the plugin hosts reads.
package csvhosts

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/condition"
)

// Format gives the format csv.
func Format() migrate.Format {
	return migrate.Format{Name: "csv", Title: "a table of machines, CSV", Detect: detect, Import: importTable, Export: export}
}

func detect(name string, head []byte) int {
	first, _, _ := strings.Cut(strings.TrimLeft(string(head), "\r\n"), "\n")
	known := 0
	for _, cell := range strings.Split(strings.TrimSpace(first), string(separator(first))) {
		if columnOf(cell) != "" {
			known++
		}
	}
	switch {
	case strings.HasSuffix(strings.ToLower(name), ".csv") && known > 0:
		return 60
	case known > 1:
		return 40
	}
	return 0
}

// separator gives what separates cells in a line: the most frequent of comma,
// semicolon and tab.
func separator(line string) rune {
	best, most := ',', 0
	for _, r := range ",;\t" {
		if n := strings.Count(line, string(r)); n > most {
			best, most = r, n
		}
	}
	return best
}

// columns gives the names that columns have elsewhere, by those that they have
// here.
func columns() map[string][]string {
	return map[string][]string{
		"name":      {"name", "host", "machine", "node", "server", "system", "device", "hostname short"},
		"interface": {"interface", "nic", "port name", "ifname"},
		"mac":       {"mac", "mac address", "macaddress", "hwaddr", "hw address", "hardware address", "ethernet", "ether", "link address", "lladdr"},
		"uuid":      {"uuid", "system uuid", "smbios uuid"},
		"duid":      {"duid", "client id", "clientid", "client identifier", "dhcpv6 duid"},
		"iaid":      {"iaid"},
		"address":   {"address", "ip", "ip address", "ipaddress", "ipv6", "ip6", "ipv6 address", "ipv6address", "addr", "reserved address", "reserved ip"},
		"prefix":    {"prefix", "delegated prefix", "ipv6 prefix", "pd"},
		"hostname":  {"hostname", "fqdn", "dns name", "dns", "domain name"},
		"state":     {"state", "status"},
		"tags":      {"tags", "tag", "groups", "group", "role", "roles"},
		"port":      {"port", "switch port", "switchport"},
		"ipv4":      {"ipv4", "ip4", "ipv4 address"},
	}
}

// columnOf gives the name of a column here, or nothing.
func columnOf(cell string) string {
	words := strings.FieldsFunc(strings.ToLower(strings.Trim(cell, "\ufeff\" ")), func(r rune) bool { return r == ' ' || r == '_' || r == '-' || r == '.' })
	key := strings.Join(words, " ")
	for column, names := range columns() {
		for _, n := range names {
			if n == key {
				return column
			}
		}
	}
	return ""
}

// table is a table being read.
type table struct {
	source  *migrate.Source
	report  *migrate.Report
	columns []string // by place; nothing for those that are not known
	names   map[string]bool
}

func importTable(sources []*migrate.Source, c *migrate.Config, r *migrate.Report) error {
	for _, s := range sources {
		t := &table{source: s, report: r, names: map[string]bool{}}
		if err := t.read(c); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) read(c *migrate.Config) error {
	in := csv.NewReader(bytes.NewReader(t.source.Data))
	in.FieldsPerRecord, in.Comment, in.TrimLeadingSpace, in.LazyQuotes = -1, '#', true, true
	in.Comma = separator(firstLine(t.source.Data))
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", t.source.Name, err)
		}
		line, _ := in.FieldPos(0)
		if t.columns == nil {
			if err := t.header(cells, line); err != nil {
				return err
			}
			continue
		}
		t.row(cells, line, c)
	}
	if t.columns == nil {
		return t.source.Errorf(1, "the table is empty")
	}
	interfaces(c.Hosts)
	return nil
}

// firstLine gives the first line that is neither empty nor a comment.
func firstLine(data []byte) string {
	for line := range strings.Lines(string(data)) {
		if l := strings.TrimSpace(line); l != "" && !strings.HasPrefix(l, "#") {
			return l
		}
	}
	return ""
}

// header takes the names of the columns.
func (t *table) header(cells []string, line int) error {
	known, seen := 0, map[string]bool{}
	for _, cell := range cells {
		column := columnOf(cell)
		if column != "" && seen[column] {
			t.report.LeftOut(t.source.At(line), "the column %q is a second one for %s", cell, column)
			column = ""
		}
		if column == "" && strings.TrimSpace(cell) != "" && !seen[cell] {
			t.report.LeftOut(t.source.At(line), "the column %q has no counterpart, with all that stands in it", cell)
		}
		if column != "" {
			known++
		}
		seen[column], seen[cell] = true, true
		t.columns = append(t.columns, column)
	}
	if !seen["mac"] && !seen["duid"] && !seen["uuid"] && !seen["port"] {
		return t.source.Errorf(line, "no column says which machine it is: want a first line with names such as name,mac,address")
	}
	return nil
}

// row takes a machine, or an interface of one.
func (t *table) row(cells []string, line int, c *migrate.Config) {
	at, r := t.source.At(line), row{}
	for i, cell := range cells {
		if i < len(t.columns) && t.columns[i] != "" && strings.TrimSpace(cell) != "" {
			r[t.columns[i]] = strings.TrimSpace(cell)
		}
	}
	if len(r) == 0 {
		return
	}
	h, problems := r.host()
	h.Origin = at
	for _, p := range problems {
		t.report.LeftOut(at, "%v", p)
	}
	if !h.Recognised() {
		t.report.LeftOut(at, "nothing says which machine it is")
		return
	}
	h.Name = t.name(h, r)
	c.Hosts = append(c.Hosts, h)
}

// name gives the name of a host: as the row has it, or made of what is there. The
// rows of one name that name interfaces are one machine.
func (t *table) name(h migrate.Host, r row) string {
	texts := []string{r["name"], r["hostname"]}
	for _, list := range [][]string{h.MACs, h.DUIDs, h.UUIDs} {
		if len(list) > 0 {
			texts = append(texts, strings.ReplaceAll(list[0], ":", "-"))
		}
	}
	if r["interface"] != "" && t.names[r["name"]] {
		return r["name"]
	}
	name := migrate.HostName(t.names, texts...)
	if r["name"] != "" && name != r["name"] {
		t.report.Note(h.Origin, "the host is called %s", name)
	}
	return name
}

// interfaces takes the name of the interface away from hosts that have one only.
func interfaces(hosts []migrate.Host) {
	count := map[string]int{}
	for i := range hosts {
		count[hosts[i].Name]++
	}
	for i := range hosts {
		if count[hosts[i].Name] == 1 {
			hosts[i].Interface = ""
		}
	}
}

// row is a row by column.
type row map[string]string

// values takes a cell apart.
func (r row) values(column string) []string {
	return strings.FieldsFunc(r[column], func(c rune) bool { return c == ' ' || c == ',' || c == ';' || c == '|' })
}

// host gives the host of a row, and what is wrong with cells that are left out.
func (r row) host() (h migrate.Host, problems []error) {
	wrong := func(err error) { problems = append(problems, err) }
	for _, m := range r.values("mac") {
		if mac, err := ident.ParseMAC(dotted(m)); err != nil {
			wrong(err)
		} else {
			h.MACs = append(h.MACs, mac.String())
		}
	}
	for _, u := range r.values("uuid") {
		var uuid ident.UUID
		if err := uuid.UnmarshalText([]byte(u)); err != nil {
			wrong(err)
		} else {
			h.UUIDs = append(h.UUIDs, uuid.String())
		}
	}
	r.clients(&h, wrong)
	r.addresses(&h, wrong)
	for _, p := range r.values("port") {
		if _, err := ident.ParsePort(p); err != nil {
			wrong(err)
		} else {
			h.Ports = append(h.Ports, p)
		}
	}
	if s := strings.ToLower(r["state"]); s == "deploy" || s == "installed" || s == "locked" {
		h.State = s
	} else if s != "" && s != "new" {
		wrong(fmt.Errorf("%q is no state: new, deploy, installed or locked", r["state"]))
	}
	h.Interface, h.Hostname = r["interface"], r["hostname"]
	for _, tag := range r.values("tags") {
		h.Tags = append(h.Tags, condition.TagName(tag))
	}
	if r["ipv4"] != "" {
		wrong(fmt.Errorf("the IPv4 address %s is for DHCPv4", r["ipv4"]))
	}
	return h, problems
}

// dotted brings a MAC as Cisco writes it, 5254.00aa.bb01, into the usual form.
func dotted(m string) string {
	if strings.Count(m, ".") == 2 {
		return strings.ReplaceAll(m, ".", "")
	}
	return m
}

func (r row) clients(h *migrate.Host, wrong func(error)) {
	for _, d := range r.values("duid") {
		duid, err := ident.ParseDUID(d)
		if err != nil {
			wrong(err)
			continue
		}
		if r["iaid"] == "" {
			h.DUIDs = append(h.DUIDs, duid.String())
			continue
		}
		iaid, err := strconv.ParseUint(r["iaid"], 0, 32)
		if err != nil {
			wrong(fmt.Errorf("%q is no IAID", r["iaid"]))
			continue
		}
		h.Clients = append(h.Clients, migrate.Client{DUID: duid.String(), IAID: uint32(iaid)})
	}
}

func (r row) addresses(h *migrate.Host, wrong func(error)) {
	for _, a := range r.values("address") {
		bare := strings.Trim(a, "[]")
		ip, err := netip.ParseAddr(bare)
		p, prefixErr := netip.ParsePrefix(bare)
		switch {
		case a == "derived":
			h.Addresses = append(h.Addresses, a)
		case err == nil && ip.Is4() || prefixErr == nil && p.Addr().Is4():
			wrong(fmt.Errorf("the IPv4 address %s is for DHCPv4", a))
		case err == nil && ip.Zone() == "":
			h.Addresses = append(h.Addresses, ip.String())
		case prefixErr == nil && p.Bits() >= 120 && p == p.Masked():
			h.Addresses = append(h.Addresses, p.String())
		case prefixErr == nil:
			h.Addresses = append(h.Addresses, p.Addr().String()) // with the length of its link
		default:
			wrong(fmt.Errorf("%q is no IPv6 address", a))
		}
	}
	for _, text := range r.values("prefix") {
		if p, _, err := migrate.MaskedPrefix(text); err != nil {
			wrong(err)
		} else {
			h.Prefixes = append(h.Prefixes, p.String())
		}
	}
}
