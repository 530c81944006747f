package pipeline

import (
	"fmt"
	"net/netip"

	"github.com/stage6/stage6/internal/match"
)

// Facts takes the facts and functions that a plugin adds to match expressions:
// they can be used in every expression of the configuration, and are checked
// there as the server's own are. A name is a lower-case letter and then letters,
// digits and underscores, and is nobody else's. doc says what it is, in a few words
// without a full stop.
//
// What reads a fact is called by several goroutines at once, as often as
// expressions ask. It neither blocks nor keeps the exchange, and should not
// allocate; what it reads may not be there, for which it gives nothing, 0 or
// false.
type Facts struct {
	facts *match.Facts[*Exchange]
}

// String adds a text.
func (f Facts) String(name, doc string, get func(*Exchange) string) { f.facts.String(name, doc, get) }

// Choice adds a text that is one of values, or nothing. An expression that
// compares it with anything else is refused.
func (f Facts) Choice(name, doc string, values []string, get func(*Exchange) string) {
	f.facts.Choice(name, doc, values, get)
}

// Bytes adds a text that stands in the message, of which 512 octets are looked at.
func (f Facts) Bytes(name, doc string, get func(*Exchange) []byte) { f.facts.Bytes(name, doc, get) }

// Strings adds a list of texts: n of them, each given by at. The first 16 are
// looked at.
func (f Facts) Strings(name, doc string, n func(*Exchange) int, at func(x *Exchange, i int) []byte) {
	f.facts.Strings(name, doc, n, at)
}

// Int adds an integer.
func (f Facts) Int(name, doc string, get func(*Exchange) int) { f.facts.Int(name, doc, get) }

// Bool adds a condition.
func (f Facts) Bool(name, doc string, get func(*Exchange) bool) { f.facts.Bool(name, doc, get) }

// Octets adds octets, such as a MAC, which expressions write in hexadecimal.
func (f Facts) Octets(name, doc string, get func(*Exchange) []byte) { f.facts.Octets(name, doc, get) }

// Address adds an IPv6 address, which expressions compare with addresses, and
// with prefixes by in. The zero one is none.
func (f Facts) Address(name, doc string, get func(*Exchange) netip.Addr) {
	f.facts.Addr(name, doc, get)
}

// Function adds a function. Fn takes, if wanted, first the *Exchange, then
// strings, ints, bools, []string or []int, and gives a string, an int or a bool,
// and an error if wanted. Fn of another type is an error when the server starts, a
// call with other arguments one of the expression. With constant arguments a
// func(*Exchange) bool, func(*Exchange, string) bool or func(*Exchange, int) bool
// is called directly, others at about a microsecond.
func (f Facts) Function(name, doc string, fn any) { f.facts.Func(name, doc, fn) }

// DefineFacts makes a plugin that adds facts and functions to match expressions,
// and nothing else: it is compiled in, and does not stand in the configuration.
func DefineFacts(name string, add func(Facts)) Plugin { return Plugin{name: name}.WithFacts(add) }

// WithFacts gives the plugin with facts and functions for match expressions. They
// are there in every configuration, also where the plugin does not stand in it;
// what a handler knows reaches them by Exchange.SetFact.
func (p Plugin) WithFacts(add func(Facts)) Plugin {
	p.facts = add
	return p
}

// IsFacts says whether the plugin only adds to match expressions.
func (p Plugin) IsFacts() bool {
	return p.facts != nil && p.build == nil && p.open == nil && p.find == nil
}

// AddFacts adds the facts and functions of plugins. Its error says which plugin
// declares one wrongly. It is called before the first Compile.
func (e *Expressions) AddFacts(plugins []Plugin) error {
	for _, p := range plugins {
		if p.facts == nil {
			continue
		}
		if err := e.addFacts(p); err != nil {
			return fmt.Errorf("plugin %s: facts of match expressions: %w", p.name, err)
		}
	}
	return nil
}

func (e *Expressions) addFacts(p Plugin) (err error) {
	defer contain(&err)
	p.facts(Facts{e.facts})
	return e.facts.Err()
}
