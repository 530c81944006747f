package dnsmasq

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/condition"
)

// tagTest is tag:NAME or tag:!NAME in front of a value.
type tagTest struct {
	name string
	not  bool
}

// takeTags cuts the tests and settings of tags off the front of a value's parts.
func takeTags(parts []string) (tests []tagTest, sets []string, rest []string) {
	for i, p := range parts {
		switch kind, name, ok := strings.Cut(p, ":"); {
		case ok && (kind == "tag" || kind == "net"):
			tests = append(tests, readTest(name))
		case ok && kind == "set":
			sets = append(sets, show(name))
		default:
			return tests, sets, parts[i:]
		}
	}
	return tests, sets, nil
}

func readTest(name string) tagTest {
	rest, not := strings.CutPrefix(name, "!")
	if !not {
		rest, not = strings.CutPrefix(name, "#") // the older form
	}
	return tagTest{name: show(rest), not: not}
}

// tagRule sets tags on the clients for which a condition holds.
type tagRule struct {
	sets   []string
	when   string    // a match expression; empty for tag-if
	tests  []tagTest // of tag-if
	origin migrate.Origin
}

// verdict is what can be said of a condition without any client.
type verdict int

const (
	sometimes verdict = iota
	always
	never
)

// tagBook knows what stands for each tag of dnsmasq's.
type tagBook struct {
	names map[string]string // of tags by what they are called there
	taken map[string]bool
	facts map[string]fact // of tags that dnsmasq sets by itself
	fixed map[string]verdict
	users map[string]bool // tags that only hold for clients with a user class
	tags  []migrate.Tag
}

// fact is the condition that stands for a tag, and the one for its absence.
type fact struct{ holds, not string }

func newTagBook() *tagBook {
	return &tagBook{
		names: map[string]string{}, taken: map[string]bool{}, users: map[string]bool{},
		facts: map[string]fact{"known": {`host != ""`, `host == ""`}},
		fixed: map[string]verdict{"dhcpv6": always, "known-othernet": never},
	}
}

// name gives the name that a tag has here: letters, digits and underscores.
func (b *tagBook) name(tag string) string {
	if n := b.names[tag]; n != "" {
		return n
	}
	n := condition.TagName(tag)
	for base, i := n, 2; b.taken[n]; i++ {
		n = fmt.Sprintf("%s_%d", base, i)
	}
	b.names[tag], b.taken[n] = n, true
	return n
}

// define adds a condition under which a tag is set. A second one for the same
// tag does not take the place of the first.
func (b *tagBook) define(tag, when string, user bool, o migrate.Origin) {
	name := b.name(tag)
	i := slices.IndexFunc(b.tags, func(t migrate.Tag) bool { return t.Name == name })
	if i < 0 {
		b.tags = append(b.tags, migrate.Tag{Name: name, When: when, Origin: o})
		b.users[tag] = user
		return
	}
	b.tags[i].When = brackets(b.tags[i].When) + " or " + brackets(when)
	b.users[tag] = b.users[tag] && user
}

// brackets puts a condition in brackets if it has an or.
func brackets(when string) string {
	if strings.Contains(when, " and ") || strings.Contains(when, " or ") {
		return "(" + when + ")"
	}
	return when
}

// set says whether anything sets a tag.
func (b *tagBook) set(tag string) bool {
	return b.names[tag] != "" || b.facts[tag] != fact{} || b.fixed[tag] != sometimes
}

// condition gives the match expression for tests that all have to hold.
func (b *tagBook) condition(tests []tagTest) (when string, v verdict) {
	var parts []string
	for _, t := range tests {
		part, v := b.test(t)
		if v == never {
			return "", never
		}
		if v == sometimes && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return "", always
	}
	return strings.Join(parts, " and "), sometimes
}

func (b *tagBook) test(t tagTest) (when string, v verdict) {
	switch v = b.fixed[t.name]; {
	case v == sometimes && !b.set(t.name):
		v = never
	case v == sometimes && b.facts[t.name] != fact{}:
		if t.not {
			return b.facts[t.name].not, sometimes
		}
		return b.facts[t.name].holds, sometimes
	case v == sometimes:
		when = "tag." + b.name(t.name)
		if t.not {
			when = "not " + when
		}
		return when, sometimes
	}
	if t.not {
		v = map[verdict]verdict{always: never, never: always}[v]
	}
	return "", v
}

// userClass says whether tests only hold for clients with a user class, and so
// for iPXE rather than for the firmware that loads it.
func (b *tagBook) userClass(tests []tagTest) bool {
	return slices.ContainsFunc(tests, func(t tagTest) bool { return !t.not && b.users[t.name] })
}

// withoutUserClass says whether tests keep out clients with a user class.
func (b *tagBook) withoutUserClass(tests []tagTest) bool {
	return slices.ContainsFunc(tests, func(t tagTest) bool { return t.not && b.users[t.name] })
}

// text gives tests as they are written.
func text(tests []tagTest) string {
	var out []string
	for _, t := range tests {
		if t.not {
			out = append(out, "tag:!"+t.name)
		} else {
			out = append(out, "tag:"+t.name)
		}
	}
	return strings.Join(out, ",")
}

// loader says whether tests hold for iPXE only.
func (b *tagBook) loader(tests []tagTest) bool {
	return slices.ContainsFunc(tests, func(t tagTest) bool {
		i := slices.IndexFunc(b.tags, func(x migrate.Tag) bool { return x.Name == b.names[t.name] })
		return !t.not && i >= 0 && strings.Contains(b.tags[i].When, `"iPXE"`)
	})
}
