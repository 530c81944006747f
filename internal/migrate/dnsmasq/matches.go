package dnsmasq

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/stage6/stage6/ident"
)

// tagAndRest takes the tag of a line that sets one, whose set: may be missing.
func (im *importer) tagAndRest(l line) (tag, rest string, ok bool) {
	tag, rest, _ = strings.Cut(l.value, ",")
	tag = strings.TrimSpace(tag)
	for _, prefix := range []string{"set:", "net:"} {
		tag = strings.TrimPrefix(tag, prefix)
	}
	if tag = show(tag); tag == "" {
		im.report.LeftOut(l.origin, "cannot be read: want %s=set:TAG,...", l.key)
		return "", "", false
	}
	return tag, strings.TrimSpace(rest), true
}

func (im *importer) rule(l line, tag, when string) {
	im.matches = append(im.matches, tagRule{sets: []string{tag}, when: when, origin: l.origin})
}

// quote writes a text in a match expression.
func quote(s string) string { return strconv.Quote(s) }

func (im *importer) readUserClass(l line) {
	if tag, class, ok := im.tagAndRest(l); ok {
		im.rule(l, tag, "user_class contains "+quote(show(class)))
	}
}

// readVendorClass takes vendor classes of an enterprise. Without one dnsmasq
// compares DHCPv6 clients' with enterprise 0, which nobody is.
func (im *importer) readVendorClass(l line) {
	tag, rest, ok := im.tagAndRest(l)
	if !ok {
		return
	}
	number, class, named := strings.Cut(strings.TrimPrefix(rest, "enterprise:"), ",")
	if !strings.HasPrefix(rest, "enterprise:") {
		im.report.LeftOut(l.origin, "no DHCPv6 client has tag %s in dnsmasq, which wants enterprise:NUMBER for them; if it shall: tag with vendor_class contains %s", tag, quote(show(rest)))
		return
	}
	n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 32)
	if err != nil || !named {
		im.report.LeftOut(l.origin, "cannot be read: want dhcp-vendorclass=set:TAG,enterprise:NUMBER,CLASS")
		return
	}
	im.rule(l, tag, fmt.Sprintf("vendor_enterprise == %d and vendor_class contains %s", n, quote(show(strings.TrimSpace(class)))))
}

// readMAC takes a MAC, perhaps with wildcards.
func (im *importer) readMAC(l line) {
	tag, rest, ok := im.tagAndRest(l)
	if !ok {
		return
	}
	m, err := readMACPattern(rest)
	if err != nil {
		im.report.LeftOut(l.origin, "cannot be read: %v", err)
		return
	}
	im.rule(l, tag, m.when())
}

// readRemoteID takes the data of the whole option 37: the enterprise number, in
// four octets, and the identifier.
func (im *importer) readRemoteID(l line) {
	tag, rest, ok := im.tagAndRest(l)
	if !ok {
		return
	}
	data, isHex := hexValue(rest)
	if !isHex || len(data) < 5 {
		im.report.LeftOut(l.origin, "for DHCPv6, dnsmasq compares the enterprise number, too, so this is for DHCPv4; if it shall count: tag with remote_id == %s", quote(show(rest)))
		return
	}
	enterprise := uint32(data[0])<<24 | uint32(data[1])<<16 | uint32(data[2])<<8 | uint32(data[3])
	im.rule(l, tag, fmt.Sprintf("relay.remote_enterprise == %d and relay.remote_id == %s", enterprise, quote(string(data[4:]))))
}

func (im *importer) readSubscriberID(l line) {
	tag, rest, ok := im.tagAndRest(l)
	if !ok {
		return
	}
	id := show(rest)
	if data, isHex := hexValue(rest); isHex {
		id = string(data)
	}
	im.rule(l, tag, "subscriber_id == "+quote(id))
}

// readNameMatch takes a name that clients say they have.
func (im *importer) readNameMatch(l line) {
	tag, rest, ok := im.tagAndRest(l)
	if !ok {
		return
	}
	name := strings.ToLower(show(rest))
	if start, wild := strings.CutSuffix(name, "*"); wild {
		im.rule(l, tag, "fqdn startsWith "+quote(start))
		return
	}
	im.rule(l, tag, "fqdn == "+quote(name))
}

// readMatch takes what options of the client say.
func (im *importer) readMatch(l line) {
	tag, rest, ok := im.tagAndRest(l)
	if !ok {
		return
	}
	option, value, _ := strings.Cut(rest, ",")
	option, value = strings.TrimSpace(option), strings.TrimSpace(value)
	name, six := strings.CutPrefix(option, "option6:")
	if strings.HasPrefix(option, "vi-encap:") {
		im.report.LeftOut(l.origin, "a vendor's option inside of option 17 cannot be asked for; option[17].data can, with contains")
		return
	}
	if !six {
		im.report.LeftOut(l.origin, "is for DHCPv4: write option6: for an option of DHCPv6")
		return
	}
	code, err := optionCode(show(name))
	if err != nil {
		im.report.LeftOut(l.origin, "%v", err)
		return
	}
	im.matchOption(l, tag, code, value)
}

// arch is the option with the architectures of a client.
const (
	oro       = 6
	userClass = 15
	arch      = 61
)

func (im *importer) matchOption(l line, tag string, code uint16, value string) {
	v := readValue(code, value, true)
	switch {
	case v.kind == absent:
		im.rule(l, tag, fmt.Sprintf("option[%d].present", code))
	case v.kind == number && code == arch:
		im.matchArch(l, tag, v)
	case v.kind == number && code == oro:
		im.rule(l, tag, fmt.Sprintf("requested == %d", v.number))
	case v.kind == hexadecimal && code == arch && len(v.data) == 2 && !v.wild:
		im.rule(l, tag, fmt.Sprintf("arch == %d", int(v.data[0])<<8|int(v.data[1])))
	case v.kind == hexadecimal && v.wild:
		im.rule(l, tag, fmt.Sprintf("option[%d].data matches %s", code, quote("^"+v.pattern)))
	case v.kind == hexadecimal:
		im.rule(l, tag, fmt.Sprintf("option[%d].data startsWith %s", code, quote(string(ident.AppendHex(nil, v.data)))))
	case v.kind == words && code == userClass:
		im.rule(l, tag, "user_class contains "+quote(v.text))
	case v.kind == words:
		im.rule(l, tag, fmt.Sprintf("option[%d].text contains %s", code, quote(v.text)))
	default:
		im.report.Changed(l.origin, "dnsmasq looks for the value as an element of a list; here the octets are looked for anywhere in the option")
		im.rule(l, tag, fmt.Sprintf("option[%d].data contains %s", code, quote(string(ident.AppendHex(nil, v.data)))))
	}
}

// matchArch compares architectures. dnsmasq compares a value of one octet with
// each octet, so that 0 is in every architecture below 256.
func (im *importer) matchArch(l line, tag string, v value) {
	if v.number == 0 && len(v.data) == 1 {
		im.report.Changed(l.origin, "dnsmasq finds the octet 0 in all architectures below 256, such as 0007, too; here 0 is BIOS alone")
	}
	im.rule(l, tag, fmt.Sprintf("arch == %d", v.number))
}

// readTagIf takes a rule that sets tags where others hold.
func (im *importer) readTagIf(l line) {
	r := tagRule{origin: l.origin}
	for _, p := range fields(l.value) {
		kind, name, _ := strings.Cut(p, ":")
		switch kind {
		case "set":
			r.sets = append(r.sets, show(name))
		case "tag", "net":
			r.tests = append(r.tests, readTest(name))
		default:
			im.report.LeftOut(l.origin, "%q cannot be read: want set:TAG and tag:TAG", show(p))
			return
		}
	}
	im.matches = append(im.matches, r)
}

// ignoreRule leaves clients without an answer.
type ignoreRule struct {
	tests []tagTest
	line  line
}

func (im *importer) readIgnore(l line) {
	tests, _, rest := takeTags(fields(l.value))
	for _, tag := range rest { // the tag: is optional
		tests = append(tests, readTest(tag))
	}
	im.ignores = append(im.ignores, ignoreRule{tests, l})
}
