package match

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/parser"
)

// compiler turns the tree of one expression into a form.
type compiler[T any] struct {
	facts  *Facts[T]
	used   map[string]bool     // facts
	fields map[string]value[T] // of records, that are used
	tags   map[string]bool     // words looked up in sets
	seen   map[ast.Node]bool
	calls  int  // how many calls the node is inside of
	loops  int  // how many predicates the node is inside of
	runs   bool // whether a declared function is called
}

func (c *compiler[T]) parse(src string) (form[T], error) {
	c.used, c.tags, c.seen = map[string]bool{}, map[string]bool{}, map[ast.Node]bool{}
	c.fields = map[string]value[T]{}
	switch {
	case len(src) > maxSource:
		return form[T]{}, &Error{1, 1, "the expression is longer than 16384 bytes"}
	case strings.TrimSpace(src) == "":
		return form[T]{}, &Error{1, 1, "the expression is empty"}
	case !utf8.ValidString(src):
		return form[T]{}, &Error{1, 1, "the expression is not UTF-8"}
	}
	if i := deepBracket(src); i >= 0 {
		return form[T]{}, at(src, i, fmt.Sprintf("brackets stand inside brackets, want at most %d deep", maxBrackets))
	}
	tree, err := parser.ParseWithConfig(src, c.syntax())
	if err != nil {
		return form[T]{}, placed(src, err)
	}
	out, err := c.compile(tree.Node)
	if err == nil {
		err = c.condition(out.node)
	}
	if err != nil {
		return form[T]{}, placed(src, err)
	}
	return out, nil
}

// deepBracket gives the place of the first bracket that is too deep, in
// characters, or -1. Behind an error expr looks at the rest again for each
// bracket that is open.
func deepBracket(src string) int {
	depth, character := 0, 0
	for _, r := range src {
		switch r {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		}
		if depth > maxBrackets {
			return character
		}
		character++
	}
	return -1
}

// condition refuses a bare fact that is not true or false.
func (c *compiler[T]) condition(n ast.Node) error {
	id, ok := n.(*ast.IdentifierNode)
	if !ok {
		return nil
	}
	f := c.lookup(id.Value)
	if isCondition[T](f) {
		return nil
	}
	return faultf(n, "%s is %s, not a condition: compare it with something", id.Value, article(f.describe().Type))
}

// lookup gives a declared fact, or a field that is used, by its whole name.
func (c *compiler[T]) lookup(name string) value[T] {
	if f := c.fields[name]; f != nil {
		return f
	}
	return c.facts.facts[name]
}

// syntax is expr's configuration: the names, and bounds.
func (c *compiler[T]) syntax() *conf.Config {
	config := conf.CreateNew()
	config.MaxNodes = maxNodes
	config.WithEnv(c.env())
	return config
}

func (c *compiler[T]) compile(n ast.Node) (form[T], error) {
	if err := c.once(n); err != nil {
		return form[T]{}, err
	}
	switch n := n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.PointerNode:
		return form[T]{node: n}, nil
	case *ast.BoolNode:
		return form[T]{node: n, eval: func(T) bool { return n.Value }}, nil
	case *ast.IdentifierNode:
		return c.name(n)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.MemberNode:
		return c.member(n)
	case *ast.CallNode:
		return c.call(n)
	case *ast.BuiltinNode:
		return c.builtin(n)
	}
	return c.rest(n)
}

// once refuses a node that stands in the tree twice, unless it is a leaf. Expr
// does that to the middle of 1 < x < 5, and then takes twice as long for every
// such chain inside another.
func (c *compiler[T]) once(n ast.Node) error {
	if _, ok := constantOf(n); ok {
		return nil
	}
	if _, ok := n.(*ast.IdentifierNode); ok {
		return nil
	}
	if f, _ := c.fieldOf(n); f != nil {
		return nil
	}
	if c.seen[n] {
		return faultf(n, "only a name or a constant can be compared on both sides at once: write a < b and b < c")
	}
	c.seen[n] = true
	return nil
}

// rest compiles what only holds other nodes.
func (c *compiler[T]) rest(n ast.Node) (form[T], error) {
	var inside []*ast.Node
	switch n := n.(type) {
	case *ast.ChainNode:
		inside = []*ast.Node{&n.Node}
	case *ast.PredicateNode:
		inside = []*ast.Node{&n.Node}
	case *ast.ConditionalNode:
		inside = []*ast.Node{&n.Cond, &n.Exp1, &n.Exp2}
	case *ast.SliceNode:
		inside = []*ast.Node{&n.Node, &n.From, &n.To}
	case *ast.ArrayNode:
		return c.array(n)
	case *ast.NilNode:
		return form[T]{}, faultf(n, `a fact is never nil: compare with "", 0 or false`)
	default:
		return form[T]{}, faultf(n, "variables, maps, byte strings and sequences cannot be used in match expressions")
	}
	return form[T]{node: n}, c.replace(inside...)
}

func (c *compiler[T]) array(n *ast.ArrayNode) (form[T], error) {
	for i := range n.Nodes {
		if _, nested := n.Nodes[i].(*ast.ArrayNode); nested {
			return form[T]{}, faultf(n.Nodes[i], "a list cannot hold lists")
		}
		if err := c.replace(&n.Nodes[i]); err != nil {
			return form[T]{}, err
		}
	}
	return form[T]{node: n}, nil
}

// replace compiles nodes for the machine only, in their places.
func (c *compiler[T]) replace(nodes ...*ast.Node) error {
	for _, n := range nodes {
		if *n == nil {
			continue
		}
		f, err := c.compile(*n)
		if err != nil {
			return err
		}
		*n = f.node
	}
	return nil
}

func (c *compiler[T]) name(n *ast.IdentifierNode) (form[T], error) {
	if r, ok := c.record(n); ok {
		return form[T]{}, r.misused(n)
	}
	f := c.facts.facts[n.Value]
	switch f := f.(type) {
	case nil:
		return form[T]{}, c.unknown(n)
	case *setFact[T]:
		return form[T]{}, f.misused(n)
	case *boolFact[T]:
		c.used[n.Value] = true
		return form[T]{node: n, eval: f.get}, nil
	}
	c.used[n.Value] = true
	return form[T]{node: n}, nil
}

// unknown says what may have been meant by a name.
func (c *compiler[T]) unknown(n *ast.IdentifierNode) error {
	if c.facts.funcs[n.Value] != nil || builtins(n.Value) || n.Value == within {
		return faultf(n, "%s is a function: write %s(...)", n.Value, n.Value)
	}
	if near := suggestion(n.Value, c.facts.names()); near != "" {
		return faultf(n, "unknown name %q%s", n.Value, near)
	}
	return faultf(n, "unknown name %q: a text goes in quotes; the known names are %s",
		n.Value, strings.Join(c.facts.names(), ", "))
}

func (c *compiler[T]) unary(n *ast.UnaryNode) (form[T], error) {
	if n.Operator != "not" && n.Operator != "!" {
		return form[T]{node: n}, c.replace(&n.Node)
	}
	if _, set := c.set(n.Node); !set {
		if f := c.subject(n.Node); f != nil && !isCondition(f) {
			i := f.describe()
			return form[T]{}, faultf(n, "%s is %s, not a condition: write not (%s ...) with a comparison inside", i.Name, article(i.Type), i.Name)
		}
	}
	f, err := c.compile(n.Node)
	return negated(n, f), err
}

// member compiles tag.word and list[0].field. An element of another list may
// not be there, so that to ask for it by number would fail for some clients.
func (c *compiler[T]) member(n *ast.MemberNode) (form[T], error) {
	if out, found, err := c.fieldForm(n); found {
		return out, err
	}
	if r, _, err := c.element(n); r != nil {
		return form[T]{}, cmp.Or(err, r.misused(n))
	}
	set, ok := c.set(n.Node)
	if !ok {
		return form[T]{}, faultf(n, "only a set has names and elements inside; for a list write any(list, # ...)")
	}
	return c.has(n, set, n.Property)
}

// has compiles: the word is in the set.
func (c *compiler[T]) has(at ast.Node, set *setFact[T], word ast.Node) (form[T], error) {
	c.used[set.info.Name] = true
	if s, ok := word.(*ast.StringNode); ok {
		c.tags[s.Value] = true
		return form[T]{node: callNode(at, set.info.Name, s), eval: set.word(s.Value).get}, nil
	}
	if k, ok := constantOf(word); ok {
		return form[T]{}, faultf(k.node, "%s is a set of words: want one in quotes", set.info.Name)
	}
	f, err := c.compile(word)
	if err != nil {
		return form[T]{}, err
	}
	return form[T]{node: callNode(at, set.info.Name, f.node)}, nil
}

func (c *compiler[T]) set(n ast.Node) (*setFact[T], bool) {
	id, ok := n.(*ast.IdentifierNode)
	if !ok {
		return nil, false
	}
	set, ok := c.facts.facts[id.Value].(*setFact[T])
	return set, ok
}
