package dnsmasq

import (
	"slices"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// finish makes the configuration of what the lines said.
func (im *importer) finish() {
	im.config.RapidCommit = migrate.Setting{Value: "true"} // dnsmasq grants it to whoever asks
	im.putTags()
	im.putIgnores()
	im.putHosts()
	im.putRanges()
	im.putOptions()
	im.putInterfaces()
	im.putRouters()
	im.config.Tags = append(im.config.Tags, im.tags.tags...)
}

// putTags makes the tags, in the order in which dnsmasq finds them out.
func (im *importer) putTags() {
	im.tags = newTagBook()
	im.rangeTags()
	for _, r := range im.matches {
		if r.when != "" {
			im.tags.define(r.sets[0], r.when, strings.Contains(r.when, "user_class"), r.origin)
		}
	}
	im.hostTags()
	im.interfaceTags()
	for _, r := range im.matches {
		if r.when == "" {
			im.putTagIf(r)
		}
	}
}

// tests lists all tests of tags that there are.
func (im *importer) allTests() (out []tagTest) {
	for i := range im.ranges {
		out = append(out, im.ranges[i].tests...)
	}
	for i := range im.hosts {
		out = append(out, im.hosts[i].tests...)
	}
	for _, o := range im.options {
		out = append(out, o.tests...)
	}
	for _, r := range im.matches {
		out = append(out, r.tests...)
	}
	for _, r := range im.ignores {
		out = append(out, r.tests...)
	}
	return out
}

// tagUsed says whether anything asks for a tag.
func (im *importer) tagUsed(tag string) bool {
	return slices.ContainsFunc(im.allTests(), func(t tagTest) bool { return t.name == tag })
}

// interfaceTags defines the tags that dnsmasq names after interfaces.
func (im *importer) interfaceTags() {
	for _, s := range im.interfaces {
		if im.tagUsed(s.Value) && !im.tags.set(s.Value) {
			im.tags.facts[s.Value] = fact{"link == " + quote(s.Value), "link != " + quote(s.Value)}
			im.report.Note(s.Origin, "the tag %s is asked for as link == %q: if links names that link otherwise, write that name", s.Value, s.Value)
		}
	}
}

func (im *importer) putTagIf(r tagRule) {
	when, v := im.tags.condition(r.tests)
	for _, tag := range r.sets {
		switch v {
		case never:
			im.report.LeftOut(r.origin, "tag %s is never set: nothing sets what it asks for before it, for clients of DHCPv6", tag)
		case always:
			im.tags.fixed[tag] = always
		case sometimes:
			im.tags.define(tag, when, im.tags.userClass(r.tests), r.origin)
		}
	}
}

func (im *importer) putIgnores() {
	for _, r := range im.ignores {
		when, v := im.tags.condition(r.tests)
		if v == sometimes {
			im.config.Steps = append(im.config.Steps, migrate.Step{Plugin: "ignore", Value: when, Origin: r.line.origin})
			continue
		}
		im.report.LeftOut(r.line.origin, "holds for %s", map[verdict]string{never: "no client of DHCPv6", always: "every client"}[v])
	}
}
