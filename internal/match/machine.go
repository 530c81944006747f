package match

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/checker/nature"
	bytecode "github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/optimizer"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

// theValue is the name of the T itself, for functions that take it. No
// expression can write it.
const theValue = "$value"

// machine runs an expression on expr's machine.
type machine[T any] struct {
	src     string
	program *vm.Program
	facts   map[string]value[T] // those that the expression reads
	fixed   map[string]any      // functions
}

// machine checks the types of the tree and compiles it for expr's machine.
func (c *compiler[T]) machine(src string, root ast.Node) (*machine[T], error) {
	config := c.syntax()
	config.Expect = reflect.Bool
	tree := &parser.Tree{Node: root, Source: file.NewSource(src)}
	if _, err := checker.Check(tree, config); err != nil {
		return nil, placed(src, err)
	}
	if err := typed(tree); err != nil {
		return nil, placed(src, err)
	}
	if err := optimizer.Optimize(&tree.Node, config); err != nil {
		return nil, placed(src, err)
	}
	program, err := bytecode.Compile(tree, config)
	if err != nil {
		return nil, placed(src, err)
	}
	m := &machine[T]{src: src, program: program, facts: map[string]value[T]{}, fixed: c.functions()}
	for name := range c.used {
		m.facts[name] = c.lookup(name)
	}
	return m, nil
}

// typed refuses a tree in which the checker cannot tell a type: what it did
// not check could fail when a client makes it so.
func typed(tree *parser.Tree) error {
	u := untyped{}
	ast.Walk(&tree.Node, &u)
	return u.err
}

type untyped struct{ err error }

// Visit keeps the first node without a type.
func (u *untyped) Visit(n *ast.Node) {
	t := (*n).Nature().Type
	if u.err == nil && (t == nil || t.Kind() == reflect.Interface) {
		u.err = faultf(*n, "this is sometimes of one type and sometimes of another")
	}
}

func (c *compiler[T]) functions() map[string]any {
	out := map[string]any{within: textWithin}
	for name, f := range c.facts.funcs {
		out[name] = f.fn
	}
	return out
}

// env gives the types of all names.
func (c *compiler[T]) env() types.Map {
	out := types.Map{theValue: goType{reflect.TypeFor[T]()}}
	for name, f := range c.facts.facts {
		out[name] = goType{f.goType()}
	}
	for name, f := range c.fields {
		out[name] = goType{f.goType()}
	}
	for name, f := range c.functions() {
		out[name] = goType{reflect.TypeOf(f)}
	}
	return out
}

// goType is a Go type as expr wants to be told of it.
type goType struct{ reflect.Type }

// Nature describes the type to expr's checker.
func (t goType) Nature() nature.Nature { return nature.FromType(t.Type) }

// Equal says whether other is the same type.
func (t goType) Equal(other types.Type) bool { return t == other }

func (m *machine[T]) eval(v T) (ok bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			ok, err = false, fmt.Errorf("match expression: panic: %v", r)
		}
	}()
	env := make(map[string]any, len(m.facts)+len(m.fixed)+1)
	for name, f := range m.fixed {
		env[name] = f
	}
	for name, f := range m.facts {
		env[name] = f.read(v)
	}
	env[theValue] = v
	run := vm.VM{MemoryBudget: maxMemory}
	out, err := run.Run(m.program, env)
	if err != nil {
		return false, fmt.Errorf("match expression: %w", m.placed(err))
	}
	ok, isBool := out.(bool)
	if !isBool {
		return false, fmt.Errorf("match expression: the result is %T, want true or false", out)
	}
	return ok, nil
}

func (m *machine[T]) placed(err error) error {
	var theirs *file.Error
	if errors.As(err, &theirs) {
		return at(m.src, theirs.From, tidy(theirs.Message))
	}
	return err
}
