// Package match compiles match expressions: conditions over named facts, in
// the syntax of github.com/expr-lang/expr. What a fact is read from is up to
// the caller: T is an exchange in the server and something small in a test.
//
// Comparisons of a fact with constants, membership, and, or and not become
// closures, which allocate nothing. Everything else runs on expr's machine;
// both give the same answers.
//
// A fact that is a list (user_class) is compared element by element: ==, in,
// startsWith, endsWith, contains and matches hold when they hold for any
// element, != when no element is equal. A fact that is not there is empty, 0
// or false, never nil.
package match

import (
	"fmt"
	"maps"
	"slices"
)

// Program is a compiled expression. It is safe for concurrent use as far as
// the declared facts are.
type Program[T any] struct {
	eval    func(T) bool // nil when the machine is needed
	machine *machine[T]
	runs    bool // a declared function, which may panic
	facts   []string
	tags    []string
}

// Compile compiles src, whose names are those of facts. The error is an
// *Error, with the place in src, or that of a wrong declaration in facts.
func Compile[T any](src string, facts *Facts[T]) (p *Program[T], err error) {
	if err := facts.Err(); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, &Error{Line: 1, Column: 1, Msg: fmt.Sprintf("the expression cannot be compiled: %v", r)}
		}
	}()
	c := &compiler[T]{facts: facts}
	root, err := c.parse(src)
	if err != nil {
		return nil, err
	}
	m, err := c.machine(src, root.node)
	if err != nil {
		return nil, err
	}
	return &Program[T]{
		eval: root.eval, machine: m, runs: c.runs,
		facts: slices.Sorted(maps.Keys(c.used)), tags: slices.Sorted(maps.Keys(c.tags)),
	}, nil
}

// Eval says whether v matches. An error is one of the machine's, such as an
// index outside a list, or a panic of a function; the answer is then false.
func (p *Program[T]) Eval(v T) (ok bool, err error) {
	switch {
	case p.eval == nil:
		return p.machine.eval(v)
	case p.runs:
		return p.contained(v)
	}
	return p.eval(v), nil
}

// contained is eval for an expression that calls functions. The others go
// without: to be ready for a panic costs more than most comparisons.
func (p *Program[T]) contained(v T) (ok bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			ok, err = false, fmt.Errorf("match expression: panic: %v", r)
		}
	}()
	return p.eval(v), nil
}

// Fast says whether the expression does without expr's machine.
func (p *Program[T]) Fast() bool { return p.eval != nil }

// Facts gives the names of the facts that the expression reads, sorted.
func (p *Program[T]) Facts() []string { return p.facts }

// Tags gives the names that the expression looks up in sets, such as rhel of
// tag.rhel, sorted.
func (p *Program[T]) Tags() []string { return p.tags }
