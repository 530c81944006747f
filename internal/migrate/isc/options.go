package isc

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
)

// definition is an option that dhcpd knows.
type definition struct {
	name  string // with its space, such as dhcp6.name-servers
	code  uint16
	kind  string   // ip6, domains, text, string, number, flag or record
	types []string // of a record, or of the items of an array
	array bool
}

// standard are the options of the space dhcp6 that have forms of their own.
func standard() []definition {
	return []definition{
		{name: "client-id", code: 1}, {name: "server-id", code: 2}, {name: "ia-na", code: 3}, {name: "ia-ta", code: 4}, {name: "ia-addr", code: 5},
		{name: "oro", code: 6, kind: "number", types: []string{"unsigned integer 16"}, array: true},
		{name: "preference", code: 7, kind: "number", types: []string{"unsigned integer 8"}}, {name: "elapsed-time", code: 8}, {name: "relay-msg", code: 9},
		{name: "unicast", code: 12, kind: "ip6"}, {name: "status-code", code: 13}, {name: "rapid-commit", code: 14, kind: "flag"}, {name: "user-class", code: 15},
		{name: "vendor-class", code: 16}, {name: "vendor-opts", code: 17}, {name: "interface-id", code: 18}, {name: "reconf-msg", code: 19},
		{name: "reconf-accept", code: 20}, {name: "sip-servers-names", code: 21, kind: "domains"}, {name: "sip-servers-addresses", code: 22, kind: "ip6", array: true},
		{name: "name-servers", code: 23, kind: "ip6", array: true}, {name: "domain-search", code: 24, kind: "domains"}, {name: "ia-pd", code: 25},
		{name: "ia-prefix", code: 26}, {name: "nis-servers", code: 27, kind: "ip6", array: true}, {name: "nisp-servers", code: 28, kind: "ip6", array: true},
		{name: "nis-domain-name", code: 29, kind: "domains"}, {name: "nisp-domain-name", code: 30, kind: "domains"},
		{name: "sntp-servers", code: 31, kind: "ip6", array: true}, {name: "info-refresh-time", code: 32, kind: "number", types: []string{"unsigned integer 32"}},
		{name: "bcms-server-d", code: 33, kind: "domains"}, {name: "bcms-server-a", code: 34, kind: "ip6", array: true}, {name: "geoconf-civic", code: 36},
		{name: "remote-id", code: 37}, {name: "subscriber-id", code: 38}, {name: "fqdn", code: 39}, {name: "pana-agent", code: 40, kind: "ip6", array: true},
		{name: "new-posix-timezone", code: 41, kind: "text"}, {name: "new-tzdb-timezone", code: 42, kind: "text"}, {name: "ero", code: 43},
		{name: "lq-query", code: 44}, {name: "client-data", code: 45}, {name: "clt-time", code: 46}, {name: "lq-relay-data", code: 47},
		{name: "lq-client-link", code: 48}, {name: "mip6-hnidf", code: 49, kind: "domains"}, {name: "mip6-vdinf", code: 50}, {name: "v6-lost", code: 51, kind: "domains"},
		{name: "capwap-ac-v6", code: 52, kind: "ip6", array: true}, {name: "relay-id", code: 53}, {name: "v6-access-domain", code: 57, kind: "domains"},
		{name: "sip-ua-cs-list", code: 58, kind: "domains"}, {name: "bootfile-url", code: 59, kind: "text"}, {name: "bootfile-param", code: 60},
		{name: "client-arch-type", code: 61, kind: "number", types: []string{"unsigned integer 16"}, array: true}, {name: "nii", code: 62},
		{name: "aftr-name", code: 64, kind: "domains"}, {name: "erp-local-domain-name", code: 65, kind: "domains"}, {name: "rsoo", code: 66},
		{name: "pd-exclude", code: 67}, {name: "rdnss-selection", code: 74}, {name: "client-linklayer-addr", code: 79}, {name: "link-address", code: 80, kind: "ip6"},
		{name: "solmax-rt", code: 82, kind: "number", types: []string{"unsigned integer 32"}}, {name: "inf-max-rt", code: 83, kind: "number", types: []string{"unsigned integer 32"}},
		{name: "v6-captive-portal", code: 103, kind: "text"},
	}
}

// define finds an option by its name with its space.
func (i *importer) define(name string) (definition, bool) {
	name = strings.ToLower(name)
	at := slices.IndexFunc(i.defs, func(d definition) bool { return d.name == name })
	plain, ours := strings.CutPrefix(name, "dhcp6.")
	list := standard()
	known := slices.IndexFunc(list, func(d definition) bool { return d.name == plain || at >= 0 && d.code == i.defs[at].code })
	switch {
	case ours && known >= 0:
		return list[known], true // whatever it was defined as: the code is the same
	case ours && at >= 0:
		return i.defs[at], true
	}
	return definition{}, false
}

// readDefinition reads: option NAME code CODE = TYPE.
func (i *importer) readDefinition(s *statement) {
	code, err := strconv.ParseUint(s.text(3), 10, 16)
	kind := join(s.rest(5))
	d := definition{name: s.word(1), code: uint16(code)}
	if err != nil || !strings.HasPrefix(d.name, "dhcp6.") {
		i.leftOut(s, "options of other spaces than dhcp6 are not defined here: write suboptions of a vendor as vendor_opts of the plugin option")
		return
	}
	kind, d.array = strings.CutPrefix(kind, "array of ")
	switch {
	case strings.HasPrefix(kind, "ip6-address"):
		d.kind = "ip6"
	case kind == "text" || kind == "string":
		d.kind = kind
	case strings.HasPrefix(kind, "domain-"):
		d.kind = "domains"
	default:
		d.kind, d.types = "number", []string{kind}
	}
	i.defs = append(i.defs, d)
}

// join writes words one behind another.
func join(words []token) string {
	var out []string
	for _, w := range words {
		out = append(out, w.text)
	}
	return strings.Join(out, " ")
}

// items splits words at commas.
func items(words []token) (out [][]token) {
	var item []token
	for _, w := range words {
		if w.is(",") {
			out, item = append(out, item), nil
			continue
		}
		item = append(item, w)
	}
	return append(out, item)
}

// option makes an option of its value.
func (d definition) option(words []token, o migrate.Origin) (migrate.Option, error) {
	if why := migrate.NoOption(d.code); why != "" {
		return migrate.Option{}, fmt.Errorf("%s", why)
	}
	if texts, ok := d.texts(words); ok {
		if out, err := migrate.TextOption(d.code, texts, o); err == nil {
			return out, nil
		}
	}
	if len(words) == 1 && words[0].quoted && d.kind != "domains" && d.kind != "ip6" {
		return migrate.Option{Key: migrate.OptionKey(d.code), Value: migrate.Typed("string", words[0].text), Origin: o}, nil
	}
	if d.kind == "ip6" || d.kind == "domains" {
		texts, _ := d.texts(words)
		kind := map[string]string{"ip6": "addresses", "domains": "names"}[d.kind]
		return migrate.Option{Key: migrate.OptionKey(d.code), Value: migrate.Typed(kind, texts), Origin: o}, nil
	}
	raw, err := d.octets(words)
	if err != nil {
		return migrate.Option{}, err
	}
	return migrate.RawOption(d.code, raw, o)
}

// texts gives the values as texts, each of which is one word.
func (d definition) texts(words []token) (out []string, ok bool) {
	for _, item := range items(words) {
		if len(item) != 1 {
			return nil, false
		}
		out = append(out, item[0].text)
	}
	return out, d.kind != "" && d.kind != "string" || len(out) > 0 && words[0].quoted
}

// octets encodes a value: numbers of the types that are defined, else octets in
// hexadecimal or a text.
func (d definition) octets(words []token) (out []byte, err error) {
	for n, item := range items(words) {
		if len(item) != 1 {
			return nil, fmt.Errorf("%q: not a value that is known", join(item))
		}
		if out, err = d.appendItem(out, n, item[0]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (d definition) appendItem(out []byte, n int, w token) ([]byte, error) {
	kind := ""
	if len(d.types) > 0 {
		kind = d.types[min(n, len(d.types)-1)]
	}
	bits, isNumber := strings.CutPrefix(strings.TrimPrefix(kind, "unsigned "), "integer ")
	switch {
	case w.quoted:
		return append(out, w.text...), nil
	case isNumber:
		return appendNumber(out, bits, w.text)
	case strings.HasPrefix(kind, "ip-address"), strings.HasPrefix(kind, "ip6-address"):
		a, err := netip.ParseAddr(w.text)
		return append(out, a.AsSlice()...), err
	case kind == "boolean" || kind == "flag":
		if w.is("on") || w.is("true") {
			return append(out, 1), nil
		}
		return append(out, 0), nil
	}
	raw, err := ident.ParseHex(w.text)
	if err != nil {
		return nil, fmt.Errorf("%q: want octets in hexadecimal, such as 00:07, or a text in quotes", w.text)
	}
	return append(out, raw...), nil
}

func appendNumber(out []byte, bits, text string) ([]byte, error) {
	width, err := strconv.Atoi(bits)
	if err != nil || width%8 != 0 || width < 8 || width > 32 {
		return nil, fmt.Errorf("a number of %q bits is not known", bits)
	}
	n, err := strconv.ParseInt(text, 0, 64)
	if err != nil || n >= 1<<width || n < -1<<(width-1) {
		return nil, fmt.Errorf("%q: want a number of %d bits", text, width)
	}
	return append(out, binary.BigEndian.AppendUint64(nil, uint64(n))[8-width/8:]...), nil
}
