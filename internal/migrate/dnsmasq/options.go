package dnsmasq

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
)

// dhcpOption is one dhcp-option for DHCPv6.
type dhcpOption struct {
	code       uint16
	enterprise uint32 // of vi-encap: the code is one inside of option 17
	encap      bool
	value      value
	tests      []tagTest
	force      bool
	origin     migrate.Origin
}

// readOption takes dhcp-option and dhcp-option-force.
func (im *importer) readOption(l line) {
	tests, _, rest := takeTags(fields(l.value))
	o := dhcpOption{tests: tests, force: l.key == "dhcp-option-force", origin: l.origin}
	if len(rest) > 0 && strings.HasPrefix(rest[0], "vi-encap:") {
		im.readVendorOption(l, o, rest)
		return
	}
	if len(rest) == 0 || !strings.HasPrefix(rest[0], "option6:") {
		im.report.LeftOut(l.origin, "is for DHCPv4: options of DHCPv6 have option6: in front")
		return
	}
	var err error
	if o.code, err = optionCode(show(strings.TrimPrefix(rest[0], "option6:"))); err != nil {
		im.report.LeftOut(l.origin, "%v", err)
		return
	}
	o.value = readValue(o.code, strings.Join(rest[1:], ","), false)
	im.options = append(im.options, o)
}

// readVendorOption takes vi-encap:ENTERPRISE,CODE,VALUE, which is of both DHCPv4
// and DHCPv6.
func (im *importer) readVendorOption(l line, o dhcpOption, rest []string) {
	enterprise, err := strconv.ParseUint(strings.TrimPrefix(rest[0], "vi-encap:"), 10, 32)
	if err != nil || len(rest) < 3 {
		im.report.LeftOut(l.origin, "cannot be read: want vi-encap:ENTERPRISE,CODE,VALUE")
		return
	}
	code, err := strconv.ParseUint(strings.TrimPrefix(strings.TrimPrefix(rest[1], "option6:"), "option:"), 10, 16)
	if err != nil {
		im.report.LeftOut(l.origin, "%q is no code of an option", show(rest[1]))
		return
	}
	o.code, o.enterprise, o.encap = uint16(code), uint32(enterprise), true
	o.value = readValue(0, strings.Join(rest[2:], ","), false)
	im.options = append(im.options, o)
}

// ordered gives the options of each code so that the first that matches is the
// one that dnsmasq sends: those with tags, the last one first, then the last one
// without. Another one without tags never counts.
func (im *importer) ordered() (out []dhcpOption) {
	tagged, plain := []dhcpOption{}, map[string]dhcpOption{}
	var rest []dhcpOption
	for _, o := range slices.Backward(im.options) {
		key := fmt.Sprint(o.code, o.enterprise, o.encap)
		if len(o.tests) > 0 {
			tagged = append(tagged, o)
			continue
		}
		if last, twice := plain[key]; twice {
			im.report.LeftOut(o.origin, "never counts: %s says the same option again, and the last one wins", last.origin)
			continue
		}
		plain[key] = o
		rest = append(rest, o)
	}
	slices.Reverse(rest)
	return append(tagged, rest...)
}

// putOptions adds the options to the configuration.
func (im *importer) putOptions() {
	boots := []bootEntry{}
	params := []dhcpOption{}
	vendor := []dhcpOption{}
	for _, o := range im.ordered() {
		when, v := im.tags.condition(o.tests)
		switch {
		case v == never:
			im.report.LeftOut(o.origin, "nobody ever has %s: nothing sets it for clients of DHCPv6", text(o.tests))
		case o.encap:
			vendor = append(vendor, o)
		case o.code == bootURL && o.value.kind == words:
			boots = append(boots, bootEntry{o, when})
			im.always(o, "bootfile_url")
		case o.code == bootParam && o.value.kind == words:
			params = append(params, o)
		case o.code == preference && o.value.kind == number:
			im.config.Steps = append(im.config.Steps, migrate.Step{Plugin: "preference", Value: int(o.value.number), When: when, Origin: o.origin})
		default:
			im.putOption(o, when)
		}
	}
	im.putVendorOptions(vendor)
	im.putBoot(boots, params)
	im.defaults()
}

// always has an option sent to those who do not ask for it.
func (im *importer) always(o dhcpOption, key string) {
	others := func(x dhcpOption) bool { return x.code == o.code && x.encap == o.encap && !x.force }
	if o.force && slices.ContainsFunc(im.options, others) {
		im.report.Changed(o.origin, "%s is sent unasked whichever line it is from, not only this one", key)
	}
	if o.force && !slices.ContainsFunc(im.config.Always, func(s migrate.Setting) bool { return s.Value == key }) {
		im.config.Always = append(im.config.Always, migrate.Setting{Value: key, Origin: o.origin})
	}
}

func (im *importer) putOption(o dhcpOption, when string) {
	if o.value.kind == absent {
		return // it only keeps dnsmasq from saying something by itself
	}
	if why := migrate.NoOption(o.code); why != "" {
		im.report.LeftOut(o.origin, "%s", why)
		return
	}
	key, v, err := im.optionValue(o)
	if err != nil {
		im.report.LeftOut(o.origin, "%v", err)
		return
	}
	im.always(o, key)
	im.config.Options = append(im.config.Options, migrate.Option{Key: key, Value: v, When: when, Origin: o.origin})
}

// optionValue gives an option as the plugin option takes it.
func (im *importer) optionValue(o dhcpOption) (key string, v any, err error) {
	known, ok := optionOf(o.code)
	if !ok {
		return strconv.Itoa(int(o.code)), typedValue(o.value), nil
	}
	switch {
	case o.value.kind == addresses:
		for _, a := range o.value.addrs {
			if own(a.String()) {
				return "", nil, fmt.Errorf("[%s] stands for an address of the machine that dnsmasq runs on: write it down", a)
			}
			v, _ = v.([]string)
			v = append(v.([]string), a.String())
		}
		return known.key, v, nil
	case known.form == secondsForm && o.value.kind == number:
		x, err := migrate.TextOption(o.code, []string{strconv.Itoa(int(o.value.number))}, o.origin)
		return known.key, x.Value, err
	case known.form == secondsForm && o.value.kind == words:
		d, err := leaseTime(o.value.text)
		if err != nil {
			return "", nil, err
		}
		x, err := migrate.TextOption(o.code, []string{strconv.Itoa(int(d.Seconds()))}, o.origin)
		return known.key, x.Value, err
	case known.form == namesForm || known.form == textsForm || known.form == ntpForm && o.value.kind == words:
		return known.key, o.value.parts, nil
	case o.value.kind == words && known.form != addressForm:
		return known.key, o.value.text, nil
	case o.value.kind == hexadecimal || o.value.kind == number:
		return known.key, migrate.Map{{Key: "type", Value: "hex"}, {Key: "value", Value: string(ident.AppendHex(nil, o.value.data))}}, nil
	}
	return "", nil, fmt.Errorf("%q is no value of %s", o.value.text, known.key)
}

// own says whether an address stands for one of the machine's: its global one, its
// unique local one or its link-local one.
func own(a string) bool { return a == "::" || a == "fd00::" || a == "fe80::" }

// typedValue gives a value with the type that its form says.
func typedValue(v value) migrate.Map {
	kind, text := "string", any(v.text)
	switch v.kind {
	case addresses:
		var list []string
		for _, a := range v.addrs {
			list = append(list, a.String())
		}
		kind, text = "addresses", list
	case number:
		kind, text = fmt.Sprintf("uint%d", 8*len(v.data)), int(v.number)
	case hexadecimal:
		kind, text = "hex", string(ident.AppendHex(nil, v.data))
	}
	return migrate.Map{{Key: "type", Value: kind}, {Key: "value", Value: text}}
}

// putVendorOptions joins what is of one enterprise and one condition.
func (im *importer) putVendorOptions(list []dhcpOption) {
	type place struct {
		enterprise uint32
		when       string
	}
	var order []place
	inside := map[place]migrate.Map{}
	origins := map[place]migrate.Origin{}
	for _, o := range list {
		when, _ := im.tags.condition(o.tests)
		p := place{o.enterprise, when}
		if inside[p] == nil {
			order = append(order, p)
			origins[p] = o.origin
		}
		inside[p] = append(inside[p], migrate.Member{Key: strconv.Itoa(int(o.code)), Value: typedValue(o.value), Origin: o.origin})
		im.always(o, "vendor_opts")
	}
	for _, p := range order {
		im.config.Options = append(im.config.Options, migrate.Option{Key: "vendor_opts", When: p.when, Origin: origins[p],
			Value: migrate.Map{{Key: "enterprise", Value: int(p.enterprise)}, {Key: "options", Value: inside[p]}}})
	}
}

// bootEntry is a URL and the condition for it.
type bootEntry struct {
	option dhcpOption
	when   string
}

// putBoot makes the table of boot files. What is for clients with a user class,
// such as iPXE, stands first, since they name the architecture of their firmware:
// else iPXE would be told to load itself.
func (im *importer) putBoot(entries []bootEntry, params []dhcpOption) {
	for i, e := range entries {
		later := slices.IndexFunc(entries[i+1:], func(x bootEntry) bool { return im.tags.userClass(x.option.tests) })
		if later >= 0 && !im.tags.userClass(e.option.tests) && !im.tags.withoutUserClass(e.option.tests) {
			im.report.Changed(e.option.origin, "stands behind what is for a user class (%s) now: dnsmasq gives this to iPXE, too, which names the architecture of its firmware and would load itself for ever", entries[i+1+later].option.origin)
		}
	}
	slices.SortStableFunc(entries, func(a, b bootEntry) int {
		return im.bootRank(a) - im.bootRank(b)
	})
	for _, e := range entries {
		b := migrate.Boot{When: e.when, URL: migrate.LiteralURL(e.option.value.text), Origin: e.option.origin}
		b.Params, params = takeParams(e.option, params)
		im.config.Boot = append(im.config.Boot, b)
	}
	for _, o := range params {
		when, _ := im.tags.condition(o.tests)
		im.putOption(o, when)
	}
}

func (im *importer) bootRank(e bootEntry) int {
	switch {
	case im.tags.userClass(e.option.tests):
		return 0
	case e.when != "":
		return 1
	}
	return 2
}

// takeParams takes the parameters that have the same tags as a URL.
func takeParams(url dhcpOption, params []dhcpOption) (taken []string, rest []dhcpOption) {
	for _, p := range params {
		if taken == nil && text(p.tests) == text(url.tests) && !p.force {
			taken = p.value.parts
			continue
		}
		rest = append(rest, p)
	}
	return taken, rest
}

// defaults are what dnsmasq says where nothing is written.
func (im *importer) defaults() {
	has := func(code uint16) bool {
		return slices.ContainsFunc(im.options, func(o dhcpOption) bool { return o.code == code && !o.encap && len(o.tests) == 0 })
	}
	if im.domain.Value != "" && !has(domainList) {
		im.config.Options = append(im.config.Options, migrate.Option{Key: "domain_list", Value: im.domain.Value, Origin: im.domain.Origin})
	}
	if !has(dnsServers) && !im.noDNS && len(im.ranges) > 0 {
		o := im.ranges[0].origin
		o.Line, o.Text = 0, ""
		im.report.Changed(o, "dnsmasq tells clients its own address as DNS server where no option6:dns-server is written; write one: dns: 2001:db8::53")
	}
}
