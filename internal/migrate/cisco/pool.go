package cisco

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
)

// pool is an ipv6 dhcp pool.
type pool struct {
	name      string
	delegates []delegation
	addresses []addressPrefix
	static    []migrate.Host
	times     []migrate.Lifetime // of the static ones
	options   []migrate.Option
	links     []netip.Prefix // where relay agents are
	origin    migrate.Origin
}

// delegation names a local pool that prefixes are from.
type delegation struct {
	pool   string
	times  migrate.Lifetime
	origin migrate.Origin
}

// addressPrefix is a prefix that addresses are from.
type addressPrefix struct {
	prefix netip.Prefix
	times  migrate.Lifetime
	origin migrate.Origin
}

// vendor is the vendor-specific section of a pool.
type vendor struct {
	pool    *pool
	options migrate.Map
	index   int // of the option in the pool
}

// Lifetimes of IOS where none are written, in seconds.
const (
	validPrefix      = 2592000
	preferredPrefix  = 604800
	validAddress     = 172800
	preferredAddress = 86400
)

// optionCodes gives the codes of options by the words in front of their values.
func optionCodes() map[string]uint16 {
	return map[string]uint16{
		"dns-server": 23, "domain-name": 24, "sip address": 22, "sip domain-name": 21, "nis address": 27, "nis domain-name": 29,
		"nisp address": 28, "nisp domain-name": 30, "sntp address": 31, "bootfile-url": 59, "capwap-ac address": 52,
	}
}

// poolLine takes a line of a pool.
func (im *importer) poolLine(p *pool, c command) bool {
	if code, at := optionOf(c); code != 0 {
		im.option(p, c, code, at)
		return true
	}
	switch {
	case c.starts("prefix-delegation", "pool"):
		im.delegate(p, c)
	case c.starts("prefix-delegation", "aaa"):
		im.report.LeftOut(c.origin, "prefixes are not asked from an AAA server")
	case c.starts("prefix-delegation"):
		im.bind(p, c)
	case c.starts("address", "prefix"):
		im.address(p, c)
	case c.starts("link-address"):
		im.linkAddress(p, c)
	case c.starts("information", "refresh"):
		im.refresh(p, c)
	case c.starts("vendor-specific"):
		im.vendor(p, c)
	case c.starts("import"):
		im.report.LeftOut(c.origin, "what the router has from its own provider is not known here: write it down")
	case c.starts("accounting"), c.starts("option"):
		im.report.LeftOut(c.origin, "has no counterpart")
	case !c.indented:
		return false
	default:
		im.report.LeftOut(c.origin, "is not known here")
	}
	return true
}

func optionOf(c command) (code uint16, at int) {
	codes := optionCodes()
	if code = codes[c.word(0)]; code != 0 {
		return code, 1
	}
	return codes[c.word(0)+" "+c.word(1)], 2
}

// option adds a value to an option of the pool.
func (im *importer) option(p *pool, c command, code uint16, at int) {
	if code == 31 {
		code = migrate.OptionNTP
		im.report.Note(c.origin, "ntp tells the servers in option 56, too, for clients that know it")
	}
	o, err := migrate.TextOption(code, c.words[min(at, len(c.words)):], c.origin)
	if err != nil {
		im.report.LeftOut(c.origin, "%v", err)
		return
	}
	for i := range p.options {
		if x := &p.options[i]; x.Key == o.Key {
			x.Value = append(list(x.Value), list(o.Value)...)
			return
		}
	}
	p.options = append(p.options, o)
}

func list(v any) []string {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	out, _ := v.([]string)
	return out
}

// delegate takes: prefix-delegation pool NAME [lifetime VALID PREFERRED].
func (im *importer) delegate(p *pool, c command) {
	times, err := lifetime(c, 3, validPrefix, preferredPrefix)
	if err != nil {
		im.report.LeftOut(c.origin, "%v", err)
		return
	}
	p.delegates = append(p.delegates, delegation{c.word(2), times, c.origin})
}

// lifetime takes: lifetime VALID PREFERRED, or infinite.
func lifetime(c command, at int, valid, preferred int64) (l migrate.Lifetime, err error) {
	l = migrate.Lifetime{Valid: migrate.Seconds(valid), Preferred: migrate.Seconds(preferred), Origin: c.origin}
	if c.word(at) != "lifetime" {
		return l, nil
	}
	if l.Valid, err = migrate.ParseSeconds(c.word(at + 1)); err != nil {
		return l, err
	}
	if l.Preferred = l.Valid; c.word(at+2) != "" {
		l.Preferred, err = migrate.ParseSeconds(c.word(at + 2))
	}
	return l, err
}

// bind takes: prefix-delegation PREFIX DUID [iaid IAID] [lifetime ...].
func (im *importer) bind(p *pool, c command) {
	prefix, _, err := migrate.MaskedPrefix(c.word(1))
	duid, duidErr := ident.ParseDUID(c.word(2))
	if err != nil || duidErr != nil {
		im.report.LeftOut(c.origin, "cannot be read: want prefix-delegation PREFIX DUID")
		return
	}
	h := migrate.Host{Name: "duid-" + strings.ReplaceAll(duid.String(), ":", ""), Prefixes: []string{prefix.String()}, Origin: c.origin}
	at := 3
	if c.word(at) == "iaid" {
		iaid, err := strconv.ParseUint(c.word(at+1), 0, 32)
		if err != nil {
			im.report.LeftOut(c.origin, "%q is no IAID", c.word(at+1))
			return
		}
		h.Clients, at = []migrate.Client{{DUID: duid.String(), IAID: uint32(iaid)}}, at+2
	} else {
		h.DUIDs = []string{duid.String()}
	}
	times, err := lifetime(c, at, validPrefix, preferredPrefix)
	if err != nil {
		im.report.LeftOut(c.origin, "%v", err)
		return
	}
	p.static, p.times = append(p.static, h), append(p.times, times)
}

// address takes: address prefix PREFIX [lifetime ...].
func (im *importer) address(p *pool, c command) {
	prefix, _, err := migrate.MaskedPrefix(c.word(2))
	times, timesErr := lifetime(c, 3, validAddress, preferredAddress)
	if err != nil || timesErr != nil {
		im.report.LeftOut(c.origin, "cannot be read: want address prefix PREFIX [lifetime VALID PREFERRED]")
		return
	}
	p.addresses = append(p.addresses, addressPrefix{prefix, times, c.origin})
}

func (im *importer) linkAddress(p *pool, c command) {
	prefix, _, err := migrate.MaskedPrefix(c.word(1))
	if err != nil {
		im.report.LeftOut(c.origin, "%v", err)
		return
	}
	p.links = append(p.links, prefix)
}

// refresh takes: information refresh DAYS [HOURS [MINUTES]], or infinity.
func (im *importer) refresh(p *pool, c command) {
	seconds := uint64(0xffffffff)
	if c.word(2) != "infinity" {
		seconds = 0
		for i, unit := range []uint64{86400, 3600, 60} {
			if c.word(2+i) == "" {
				continue
			}
			n, err := strconv.ParseUint(c.word(2+i), 10, 16)
			if err != nil {
				im.report.LeftOut(c.origin, "cannot be read: want information refresh DAYS HOURS MINUTES")
				return
			}
			seconds += n * unit
		}
	}
	o, err := migrate.TextOption(migrate.OptionRefreshTime, []string{fmt.Sprint(seconds)}, c.origin)
	if err != nil {
		im.report.LeftOut(c.origin, "%v", err)
		return
	}
	p.options = append(p.options, o)
}

// vendor takes: vendor-specific ENTERPRISE, behind which suboptions stand.
func (im *importer) vendor(p *pool, c command) {
	enterprise, err := strconv.ParseUint(c.word(1), 10, 32)
	if err != nil {
		im.report.LeftOut(c.origin, "%q is no enterprise number", c.word(1))
		return
	}
	v := &vendor{pool: p, index: len(p.options)}
	p.options = append(p.options, migrate.Option{Key: "vendor_opts", Value: migrate.Map{{Key: "enterprise", Value: int(enterprise)}}, Origin: c.origin})
	im.section = v
}

// suboption takes: suboption CODE address ADDRESS, ascii TEXT or hex OCTETS.
func (im *importer) suboption(v *vendor, c command) {
	code, err := number(c.word(1), 0xffff)
	kinds := map[string]string{"address": "address", "ascii": "string", "hex": "hex"}
	kind := kinds[c.word(2)]
	if err != nil || kind == "" || c.word(3) == "" {
		im.report.LeftOut(c.origin, "cannot be read: want suboption CODE address, ascii or hex, and a value")
		return
	}
	value := strings.Trim(c.rest(3), `"`)
	v.options = append(v.options, migrate.Member{Key: strconv.Itoa(code), Value: migrate.Typed(kind, value), Origin: c.origin})
	o := &v.pool.options[v.index]
	o.Value = migrate.Map{o.Value.(migrate.Map)[0], {Key: "options", Value: v.options}}
}

// number reads a number from 0 up to most.
func number(s string, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err == nil && (n < 0 || n > most) {
		err = fmt.Errorf("%d: want at most %d", n, most)
	}
	return n, err
}
