package match

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// Facts are the names that expressions may use and how each is read from a T.
// The zero value is ready for use. Declare first, then compile: declaring is
// not safe beside anything else, compiling is.
//
// The functions that read must not keep or change what they are given. Those
// that give []byte let it be compared without an allocation; it is not kept.
type Facts[T any] struct {
	facts   map[string]value[T]
	funcs   map[string]*function[T]
	records map[string]*record[T]
	inside  string // of the fields of a record: list[0].
	err     error
}

// Info describes a fact or function for documentation.
type Info struct {
	Name string
	Type string // such as "list of strings"
	Doc  string
}

// fact is what can be compared, with constants only.
type fact[T any] interface {
	describe() Info
	// test compiles a comparison of the fact, which is subject in the tree,
	// with any of the constants; there is at least one.
	test(subject ast.Node, op operator, with []constant) (form[T], error)
}

// value is a fact that the machine can read: one declared name.
type value[T any] interface {
	fact[T]
	// goType is the type of what read gives to expr's machine.
	goType() reflect.Type
	read(v T) any
}

// String declares a text.
func (f *Facts[T]) String(name, doc string, get func(T) string) {
	info := f.info(name, "string", doc)
	f.add(info, &textFact[T]{info: info, get: get})
}

// Choice declares a text that is one of values, or empty. Comparing it with
// anything else is an error of the expression.
func (f *Facts[T]) Choice(name, doc string, values []string, get func(T) string) {
	info := f.info(name, "one of "+quoted(values), doc)
	f.add(info, &textFact[T]{info: info, get: get, values: slices.Clone(values)})
}

// Bytes declares a text that is read as bytes. It is a string to expressions.
// Its first 512 octets are looked at.
func (f *Facts[T]) Bytes(name, doc string, get func(T) []byte) {
	info := f.info(name, "string", doc)
	f.add(info, &bytesFact[T]{info: info, get: func(v T) []byte { return short(get(v)) }})
}

// Strings declares a list of texts: n of them, each given by at. The first 512
// octets of the first 16 are looked at.
func (f *Facts[T]) Strings(name, doc string, n func(T) int, at func(v T, i int) []byte) {
	info := f.info(name, "list of strings", doc)
	f.add(info, &textsFact[T]{info: info, n: n, at: func(v T, i int) []byte { return short(at(v, i)) }})
}

// Int declares an integer.
func (f *Facts[T]) Int(name, doc string, get func(T) int) {
	info := f.info(name, "integer", doc)
	f.add(info, &intFact[T]{info: info, get: get})
}

// Ints declares a list of integers: n of them, each given by at. The first
// 128 are looked at. names, which may be nil, are words to compare with: the
// list equals a word if it holds any of its integers.
func (f *Facts[T]) Ints(name, doc string, names map[string][]int, n func(T) int, at func(v T, i int) int) {
	info := f.info(name, "list of integers", doc)
	f.add(info, &intsFact[T]{info: info, n: n, at: at, names: names})
}

// Bool declares a condition.
func (f *Facts[T]) Bool(name, doc string, get func(T) bool) {
	info := f.info(name, "true or false", doc)
	f.add(info, &boolFact[T]{info: info, get: get})
}

// Set declares a set of words, written name.word or name["any-word"].
func (f *Facts[T]) Set(name, doc string, has func(v T, word string) bool) {
	info := f.info(name, "set", doc)
	f.add(info, &setFact[T]{info: info, has: has})
}

// Octets declares raw bytes such as a MAC or a DUID, which expressions write
// in hexadecimal: separated by colons, hyphens or nothing.
func (f *Facts[T]) Octets(name, doc string, get func(T) []byte) {
	info := f.info(name, "octets in hexadecimal", doc)
	f.add(info, &octetsFact[T]{info: info, get: get})
}

// Addr declares an IPv6 address, compared with addresses by ==, with prefixes
// by in. Its zone does not count; the zero Addr is none, and equals "".
func (f *Facts[T]) Addr(name, doc string, get func(T) netip.Addr) {
	info := f.info(name, "address", doc)
	f.add(info, &addrFact[T]{info: info, get: get})
}

// Err gives what is wrong with the declarations, or nil. Compile refuses to
// work with wrong ones.
func (f *Facts[T]) Err() error { return f.err }

// List describes the facts, the fields of records and the functions, sorted by
// name.
func (f *Facts[T]) List() []Info {
	var out []Info
	for _, r := range f.records {
		out = append(out, r.at(r.index, r.low).List()...)
	}
	for _, d := range f.facts {
		out = append(out, d.describe())
	}
	for _, fn := range f.funcs {
		out = append(out, fn.info)
	}
	slices.SortFunc(out, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// info describes a fact, by its whole name where it is the field of a record.
func (f *Facts[T]) info(name, kind, doc string) Info { return Info{f.inside + name, kind, doc} }

func (f *Facts[T]) add(info Info, d value[T]) {
	if f.declare(info.Name) {
		if f.facts == nil {
			f.facts = map[string]value[T]{}
		}
		f.facts[info.Name] = d
	}
}

// declare says whether the name can be declared, and keeps the error if not.
func (f *Facts[T]) declare(name string) bool {
	err := checkName(strings.TrimPrefix(name, f.inside))
	if f.facts[name] != nil || f.funcs[name] != nil || f.records[name] != nil {
		err = fmt.Errorf("match: %q is declared twice", name)
	}
	f.err = errors.Join(f.err, err)
	return err == nil
}

func checkName(name string) error {
	if !regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`).MatchString(name) {
		return fmt.Errorf("match: name %q: want a lower-case letter, then letters, digits and underscores", name)
	}
	if slices.Contains(keywords(), name) || builtins(name) {
		return fmt.Errorf("match: name %q has a meaning in expressions", name)
	}
	return nil
}

func keywords() []string {
	return []string{"and", "or", "not", "in", "matches", "contains", "startsWith", "endsWith",
		"let", "if", "else", "true", "false", "nil", within}
}

// names gives every name that an expression may use, for suggestions.
func (f *Facts[T]) names() []string {
	var out []string
	out = slices.AppendSeq(out, maps.Keys(f.facts))
	out = slices.AppendSeq(out, maps.Keys(f.funcs))
	out = slices.AppendSeq(out, maps.Keys(f.records))
	slices.Sort(out)
	return out
}

func quoted(values []string) string {
	var out []string
	for _, v := range values {
		out = append(out, fmt.Sprintf("%q", v))
	}
	return strings.Join(out, ", ")
}
