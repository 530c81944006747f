package kea

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// optionSet is the options of a scope. Boot files stand apart.
type optionSet struct {
	options []migrate.Option
	boot    []migrate.Boot
}

// readDefinitions reads the options that the configuration defines.
func (i *importer) readDefinitions() {
	for _, v := range i.root.get("option-def").list() {
		code, ok := v.get("code").number()
		if !ok || code > 0xffff {
			i.report.LeftOut(v.origin(), "an option without a code")
			continue
		}
		d := definition{name: v.get("name").string(), code: uint16(code), kind: v.get("type").string(), array: v.get("array").is(), space: v.get("space").string()}
		d.types = append(d.types, split(v.get("record-types").string())...)
		if e := v.get("encapsulate").string(); e != "" {
			i.report.LeftOut(v.where("encapsulate"), "options inside of options other than those of a vendor are not put together: write the option as octets")
		}
		i.defs = append(i.defs, d)
	}
}

// define finds what is known of an option.
func (i *importer) define(v *value) (definition, error) {
	name, space := v.get("name").string(), cmpOr(v.get("space").string(), "dhcp6")
	code, hasCode := v.get("code").number()
	for _, d := range i.defs {
		if cmpOr(d.space, "dhcp6") == space && (d.name == name && name != "" || hasCode && uint64(d.code) == code) {
			return d, nil
		}
	}
	if space == "dhcp6" {
		if d, ok := standardOption(name); ok {
			return d, nil
		}
		if d, ok := standardCode(uint16(code)); hasCode && ok {
			return d, nil
		}
	}
	if !hasCode || code > 0xffff {
		return definition{}, fmt.Errorf("the option %q is not defined", name)
	}
	return definition{name: name, code: uint16(code), space: space, kind: "binary"}, nil
}

// optionData reads a list of options.
func (i *importer) optionData(list *value, when string) (s optionSet) {
	var params []string
	vendors := map[string]migrate.Map{}
	var order []string
	for _, v := range list.list() {
		d, err := i.define(v)
		if err != nil {
			i.report.LeftOut(v.origin(), "%v", err)
			continue
		}
		i.flags(v, d, when)
		data := v.get("data").string()
		csv := v.get("csv-format").string() != "false" && d.kind != ""
		switch enterprise, vendor := strings.CutPrefix(cmpOr(v.get("space").string(), d.space), "vendor-"); {
		case vendor:
			if vendors[enterprise] == nil {
				order = append(order, enterprise)
			}
			vendors[enterprise] = i.vendorOption(vendors[enterprise], v, d, data, csv)
		case d.code == migrate.OptionPreference:
			i.preference(v, data, when)
		case d.code == migrate.OptionBootfileURL && csv:
			s.boot = append(s.boot, migrate.Boot{URL: strings.ReplaceAll(data, `\,`, ","), When: when, Origin: v.origin()})
		case d.code == migrate.OptionBootfileParam && csv:
			params = append(params, split(data)...)
		case d.code == migrate.OptionVendorClass:
			i.vendorClass(v, data)
		case d.code == migrate.OptionVendorOpts:
			if !slices.Contains(order, data) && data != "" {
				order = append(order, data)
			}
		default:
			i.plain(&s, v, d, data, csv, when)
		}
	}
	for _, enterprise := range order {
		if o, ok := i.vendorOpts(enterprise, vendors[enterprise], list, when); ok {
			s.options = append(s.options, o)
		}
	}
	return i.withParams(s, params, list, when)
}

// withParams gives the parameters to the boot file of the same scope.
func (i *importer) withParams(s optionSet, params []string, list *value, when string) optionSet {
	switch {
	case len(params) == 0:
	case len(s.boot) > 0:
		s.boot[0].Params = params
	default:
		s.options = append(s.options, migrate.Option{Key: "bootfile_param", Value: params, When: when, Origin: list.origin()})
	}
	return s
}

func (i *importer) plain(s *optionSet, v *value, d definition, data string, csv bool, when string) {
	if data == "" && d.kind != "empty" {
		i.report.LeftOut(v.origin(), "an option without data")
		return
	}
	o, err := d.option(data, csv, v.origin())
	if err != nil {
		i.report.LeftOut(v.origin(), "%v", err)
		return
	}
	o.When = when
	s.options = append(s.options, o)
}

// flags reads whether an option is sent unasked, or never.
func (i *importer) flags(v *value, d definition, when string) {
	if v.get("never-send").is() {
		i.report.LeftOut(v.where("never-send"), "an option is kept from clients by a condition (when) here")
	}
	for _, key := range []string{"client-classes"} {
		if v.get(key) != nil {
			i.report.LeftOut(v.where(key), "the option goes to all clients of its scope now, not just to those classes")
		}
	}
	if !v.get("always-send").is() {
		return
	}
	key := migrate.OptionKey(d.code)
	if _, vendor := strings.CutPrefix(cmpOr(v.get("space").string(), d.space), "vendor-"); vendor {
		key = migrate.OptionKey(migrate.OptionVendorOpts)
	}
	if slices.ContainsFunc(i.config.Always, func(s migrate.Setting) bool { return s.Value == key }) {
		return
	}
	i.config.Always = append(i.config.Always, migrate.Setting{Value: key, Origin: v.origin()})
	if when != "" {
		i.report.Changed(v.where("always-send"), "wherever %s is set, it is sent without being asked for", key)
	}
}

func (i *importer) preference(v *value, data, when string) {
	n, err := strconv.ParseUint(strings.TrimSpace(data), 0, 8)
	if err != nil {
		i.report.LeftOut(v.origin(), "%q: want a preference from 0 to 255", data)
		return
	}
	i.config.Steps = append(i.config.Steps, migrate.Step{Plugin: "preference", Value: int(n), When: when, Origin: v.origin()})
}

// vendorClass reads what Kea answers firmware with, so that it takes an offer
// for HTTP boot.
func (i *importer) vendorClass(v *value, data string) {
	if strings.Contains(data, "HTTPClient") || strings.Contains(strings.ToLower(data), "48545450436c69656e74") {
		i.report.Note(v.origin(), "stage6 answers HTTP clients of firmware with this by itself")
		return
	}
	i.report.LeftOut(v.origin(), "write it as vendor_class of the plugin option: {enterprise: NUMBER, classes: TEXT}")
}

// vendorOption adds a suboption of a vendor.
func (i *importer) vendorOption(m migrate.Map, v *value, d definition, data string, csv bool) migrate.Map {
	if m == nil {
		m = migrate.Map{}
	}
	var sub migrate.Map
	var err error
	if csv && d.kind != "binary" {
		sub, err = d.value(data)
	} else {
		var raw []byte
		raw, err = appendField(nil, "binary", data)
		sub = migrate.Raw(raw)
	}
	if err != nil {
		i.report.LeftOut(v.origin(), "%v", err)
		return m
	}
	return append(m, migrate.Member{Key: strconv.Itoa(int(d.code)), Value: sub, Origin: v.origin()})
}

// vendorOpts makes the option of a vendor (RFC 9915 section 21.17).
func (i *importer) vendorOpts(enterprise string, subs migrate.Map, list *value, when string) (migrate.Option, bool) {
	n, err := strconv.ParseUint(enterprise, 10, 32)
	if err != nil || len(subs) == 0 {
		i.report.LeftOut(list.origin(), "vendor options of %q: want an enterprise number, and options in the space vendor-NUMBER", enterprise)
		return migrate.Option{}, false
	}
	return migrate.Option{
		Key: migrate.OptionKey(migrate.OptionVendorOpts), When: when, Origin: list.origin(),
		Value: migrate.Map{{Key: "enterprise", Value: n}, {Key: "options", Value: subs}},
	}, true
}
