package isc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/condition"
)

// importer carries a configuration of dhcpd's over.
type importer struct {
	config   *migrate.Config
	report   *migrate.Report
	defs     []definition
	classes  []*class
	networks []*network
	names    map[string]bool // of hosts
	byMAC    bool            // some host is known by its MAC
	ranked   [ranks]effects  // by how special they are
}

// How special settings are: those of a class go before those of a subnet.
const (
	ofClass = iota
	ofSubnet
	ofShared
	ofGroup
	ofAll
	ranks
)

// effects are the options and times of a scope.
type effects struct {
	options   []migrate.Option
	boot      []migrate.Boot
	lifetimes []migrate.Lifetime
}

// read carries over what dhcpd's files say.
func read(sources []*migrate.Source, c *migrate.Config, r *migrate.Report) error {
	i := &importer{config: c, report: r, names: map[string]bool{}}
	var all []*statement
	for _, s := range sources {
		if isLeases(s.Data) {
			if err := i.readServerID(s); err != nil {
				return err
			}
			r.Note(s.At(1), "leases: of them only the server's DUID is taken; take them over with stage6 import leases, while stage6 does not run")
			continue
		}
		if readDefaults(s, c) {
			continue
		}
		f := &files{}
		statements, err := f.parse(s)
		if err != nil {
			return err
		}
		all = append(all, statements...)
	}
	i.run(all)
	return nil
}

func (i *importer) run(all []*statement) {
	i.prepare(all)
	root := &scope{rank: ofAll}
	i.apply(i.evaluate(all), root)
	i.declare(all, nil)
	for _, n := range i.networks {
		i.config.Links = append(i.config.Links, n.link)
	}
	for _, e := range i.ranked {
		i.config.Options = append(i.config.Options, e.options...)
		i.config.Boot = append(i.config.Boot, e.boot...)
		i.config.Lifetimes = append(i.config.Lifetimes, e.lifetimes...)
	}
	i.inheritTimes()
	i.finish(len(all) > 0)
}

// prepare finds what is asked for before it is declared: options, classes and
// links.
func (i *importer) prepare(block []*statement) {
	for _, s := range block {
		switch {
		case s.name() == "option" && s.word(2) == "code":
			i.readDefinition(s)
		case s.name() == "class":
			i.classes = append(i.classes, &class{name: s.text(1), tag: i.tagName(s.text(1)), s: s})
		case s.name() == "subclass":
			i.addSubclass(s)
		case s.name() == "shared-network" || s.name() == "subnet6":
			i.addNetwork(s)
		case s.name() == "group":
			i.prepare(s.block)
		}
	}
}

// finish says what concerns the whole.
func (i *importer) finish(configured bool) {
	c := i.config
	if configured && len(c.Lifetimes) == 0 {
		c.Lifetimes = []migrate.Lifetime{{Preferred: migrate.Seconds(43200 * 5 / 8), Valid: migrate.Seconds(43200)}}
	}
	if i.byMAC {
		c.Identify = migrate.Setting{Value: "relay frame port duid"}
		c.KeepForSystems(i.report)
		i.report.Note(migrate.Origin{}, "dhcpd takes a client's MAC out of its DUID, or of option 79 of a relay agent. Here the relay agent and the Ethernet frame are asked first, since a client can make its DUID up; the frame needs CAP_NET_RAW, which the service is given as the manual says")
	}
	if configured && c.ServerID.Value == "" {
		i.report.Note(migrate.Origin{}, "the server makes a DUID of its own: so that clients of the old server go on renewing, name its file dhcpd6.leases here, too, or write its DUID as server_id")
	}
}

func (i *importer) leftOut(s *statement, format string, args ...any) {
	i.report.LeftOut(s.origin(), format, args...)
}

// scope is where settings count.
type scope struct {
	rank int
	when string          // a match expression, or nothing
	host *migrate.Host   // of a host's own settings
	pool *migrate.Pool   // of a pool's
	set  map[string]bool // keys that are set already, by what is more special
}

// item is a setting, and when it counts.
type item struct {
	key  string // what it sets
	when condition.Expr
	s    *statement
}

// evaluate gives the settings of a block, special ones first: dhcpd goes through
// them in their order, and the last one counts; here it is the first.
func (i *importer) evaluate(block []*statement) (out []item) {
	var units [][]item
	for n := 0; n < len(block); n++ {
		switch s := block[n]; {
		case s.name() == "if":
			end := n + 1
			for end < len(block) && (block[end].name() == "elsif" || block[end].name() == "else") {
				end++
			}
			units = append(units, i.chain(block[n:end]))
			n = end - 1
		case !declaration(s):
			units = append(units, []item{{key: i.key(s), s: s}})
		}
	}
	return ordered(units)
}

// ordered puts the settings of each key in the opposite order of their units.
func ordered(units [][]item) (out []item) {
	var keys []string
	for _, u := range units {
		for _, x := range u {
			if !slices.Contains(keys, x.key) {
				keys = append(keys, x.key)
			}
		}
	}
	for _, key := range keys {
		for _, u := range slices.Backward(units) {
			for _, x := range u {
				if x.key == key {
					out = append(out, x)
				}
			}
		}
	}
	return out
}

// chain gives the settings of if, elsif and else. The first that holds counts,
// as here, so that a condition needs to exclude the earlier ones only where they
// say nothing.
func (i *importer) chain(branches []*statement) (out []item) {
	type branch struct {
		x    condition.Expr
		sets map[string]bool
	}
	var earlier []branch
	for _, s := range branches {
		x, err := i.branchCondition(s)
		if err == nil {
			_, err = condition.Text(x)
		}
		if err != nil {
			i.leftOut(s, "%v: neither its block nor what follows else is carried over", err)
			return out
		}
		b := branch{x, map[string]bool{}}
		for _, inner := range i.evaluate(s.block) {
			b.sets[inner.key] = b.sets[inner.key] || inner.when == nil
			when := and(x, inner.when)
			for _, e := range slices.Backward(earlier) {
				if !e.sets[inner.key] {
					when = and(condition.Not{X: e.x}, when)
				}
			}
			out = append(out, item{inner.key, when, inner.s})
		}
		i.misplaced(s.block)
		earlier = append(earlier, b)
	}
	return out
}

// misplaced reports declarations in the block of a condition.
func (i *importer) misplaced(block []*statement) {
	for _, s := range block {
		if declaration(s) && s.name() != "elsif" && s.name() != "else" && s.name() != "if" {
			i.leftOut(s, "a %s in the block of a condition", s.name())
		}
	}
}

// branchCondition gives the condition of a branch; that of else always holds.
func (i *importer) branchCondition(s *statement) (condition.Expr, error) {
	words := s.rest(1)
	if s.name() == "else" && len(words) == 0 {
		return condition.Literal(true), nil
	}
	if s.name() == "else" && words[0].is("if") {
		words = words[1:]
	}
	return i.condition(words)
}

// and joins two conditions, each of which may be nil or true.
func and(a, b condition.Expr) condition.Expr {
	switch {
	case a == nil || a == condition.Expr(condition.Literal(true)):
		return b
	case b == nil:
		return a
	}
	return condition.And{A: a, B: b}
}

// declaration says whether a statement declares something, or belongs to one
// that has been looked at.
func declaration(s *statement) bool {
	switch s.name() {
	case "subnet", "subnet6", "shared-network", "group", "host", "class", "subclass", "pool", "pool6", "if", "elsif", "else",
		"range", "range6", "prefix6", "key", "zone", "failover", "switch", "on", "lease", "match", "spawn":
		return true
	}
	return s.name() == "option" && (s.word(1) == "space" || s.word(2) == "code")
}

// key says what a statement sets.
func (i *importer) key(s *statement) string {
	switch s.name() {
	case "option", "supersede", "default", "append", "prepend", "send":
		if d, ok := i.define(s.word(1)); ok {
			return fmt.Sprintf("option %d", d.code)
		}
		return "option " + s.word(1)
	case "allow", "deny", "ignore":
		return strings.TrimSuffix(join(s.rest(1)), "s")
	}
	return s.name()
}

// text writes the condition of an item in a scope.
func (sc *scope) text(x item) (string, error) {
	if x.when == nil {
		return sc.when, nil
	}
	text, err := condition.Text(x.when)
	return all(sc.when, text), err
}

// all joins match expressions, of which those that are empty always hold.
func all(conditions ...string) string {
	conditions = slices.DeleteFunc(slices.Clone(conditions), func(s string) bool { return s == "" || s == "true" })
	for n, s := range conditions {
		if len(conditions) > 1 && strings.Contains(s, " or ") {
			conditions[n] = "(" + s + ")"
		}
	}
	return strings.Join(conditions, " and ")
}
