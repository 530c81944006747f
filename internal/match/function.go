package match

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// function is a declared function.
type function[T any] struct {
	info  Info
	fn    any
	value bool // its first parameter is the T
}

// Func declares a function. fn takes, if wanted, first the T, then strings,
// ints, bools, []string or []int, and gives a string, an int or a bool, and an
// error if wanted. Expressions are checked against these types when compiled.
// With constant arguments, a func(T) bool, func(T, string) bool or func(T,
// int) bool needs no machine.
func (f *Facts[T]) Func(name, doc string, fn any) {
	declared := &function[T]{fn: fn}
	if err := declared.check(reflect.TypeOf(fn)); err != nil {
		f.err = errors.Join(f.err, fmt.Errorf("match: function %q: %w", name, err))
		return
	}
	declared.info = Info{name, declared.signature(), doc}
	if f.declare(name) {
		if f.funcs == nil {
			f.funcs = map[string]*function[T]{}
		}
		f.funcs[name] = declared
	}
}

func (f *function[T]) check(t reflect.Type) error {
	if t == nil || t.Kind() != reflect.Func || t.IsVariadic() || reflect.ValueOf(f.fn).IsNil() {
		return errors.New("want a function with a fixed number of parameters")
	}
	f.value = t.NumIn() > 0 && t.In(0) == reflect.TypeFor[T]()
	for _, in := range f.parameters(t) {
		if !slices.Contains([]string{"string", "int", "bool", "[]string", "[]int"}, in.String()) {
			return fmt.Errorf("parameter of type %s: want string, int, bool, []string or []int", in)
		}
	}
	return checkResults(t)
}

func checkResults(t reflect.Type) error {
	if t.NumOut() == 0 || t.NumOut() > 2 || t.NumOut() == 2 && t.Out(1) != reflect.TypeFor[error]() {
		return errors.New("want one result, and an error behind it if wanted")
	}
	if !slices.Contains([]string{"string", "int", "bool"}, t.Out(0).String()) {
		return fmt.Errorf("result of type %s: want string, int or bool", t.Out(0))
	}
	return nil
}

// parameters gives the types of what an expression writes between the
// parentheses.
func (f *function[T]) parameters(t reflect.Type) []reflect.Type {
	all := slices.Collect(t.Ins())
	if f.value {
		return all[1:]
	}
	return all
}

// signature is such as function(string) bool.
func (f *function[T]) signature() string {
	t := reflect.TypeOf(f.fn)
	var in []string
	for _, p := range f.parameters(t) {
		in = append(in, words(p.String()))
	}
	return "function(" + strings.Join(in, ", ") + ") " + t.Out(0).String()
}

// bind gives the condition of a call with constants, or nil if only the
// machine can make it.
func (f *function[T]) bind(args []constant) func(T) bool {
	switch fn := f.fn.(type) {
	case func(T) bool:
		if len(args) == 0 {
			return fn
		}
	case func(T, string) bool:
		if s, ok := only[string](args); ok {
			return func(v T) bool { return fn(v, s) }
		}
	case func(T, int) bool:
		if i, ok := only[int](args); ok {
			return func(v T) bool { return fn(v, i) }
		}
	}
	return nil
}

// only gives the one argument if it is of type A.
func only[A any](args []constant) (a A, ok bool) {
	if len(args) == 1 {
		a, ok = args[0].value.(A)
	}
	return a, ok
}

// call compiles the call of a declared function, or of within.
func (c *compiler[T]) call(n *ast.CallNode) (form[T], error) {
	id, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return form[T]{}, faultf(n, "there are no methods here")
	}
	if id.Value == within {
		return c.within(n)
	}
	fn := c.facts.funcs[id.Value]
	if fn == nil {
		return form[T]{}, c.noFunction(n, id.Value)
	}
	c.runs = true
	args, fixed := constants(n.Arguments)
	if err := c.nested(n, n.Arguments); err != nil {
		return form[T]{}, err
	}
	out := form[T]{node: n}
	if fixed {
		out.eval = fn.bind(args)
	}
	if fn.value {
		n.Arguments = slices.Insert(n.Arguments, 0, ast.Node(placedAt(n, &ast.IdentifierNode{Value: theValue})))
	}
	return out, nil
}

func (c *compiler[T]) noFunction(at ast.Node, name string) error {
	if set, ok := c.facts.facts[name].(*setFact[T]); ok {
		return set.misused(at)
	}
	if c.facts.facts[name] != nil {
		return faultf(at, "%s is not a function", name)
	}
	known := slices.DeleteFunc(c.facts.names(), func(n string) bool { return c.facts.funcs[n] == nil })
	return faultf(at, "unknown function %q%s", name, suggestion(name, append(known, within, "len", "any", "all", "none")))
}

// within compiles within(address, "prefix").
func (c *compiler[T]) within(n *ast.CallNode) (form[T], error) {
	if len(n.Arguments) == 2 {
		f := c.subject(n.Arguments[0])
		if k, ok := constantOf(n.Arguments[1]); ok && isAddr(f) {
			return c.test(f, n.Arguments[0], operator{"in", n}, []constant{k})
		}
	}
	return form[T]{}, faultf(n, `want an address and a prefix in quotes: within(address, "2001:db8::/64")`)
}

// builtin compiles the call of one of expr's functions.
func (c *compiler[T]) builtin(n *ast.BuiltinNode) (form[T], error) {
	if !builtins(n.Name) {
		return form[T]{}, faultf(n, "the function %s cannot be used in match expressions", n.Name)
	}
	if loops(n.Name) {
		if c.loops == maxLoops {
			return form[T]{}, faultf(n, "%s stands inside %d others like it, want at most %d deep", n.Name, maxLoops, maxLoops)
		}
		c.loops++
		defer func() { c.loops-- }()
	}
	return form[T]{node: n}, c.nested(n, n.Arguments)
}

// nested compiles the arguments of a call for the machine.
func (c *compiler[T]) nested(at ast.Node, args []ast.Node) error {
	if c.calls == maxCalls {
		return faultf(at, "calls stand inside calls, want at most %d deep", maxCalls)
	}
	c.calls++
	defer func() { c.calls-- }()
	for i := range args {
		if err := c.replace(&args[i]); err != nil {
			return err
		}
	}
	return nil
}
