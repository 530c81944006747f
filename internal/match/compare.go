package match

import (
	"errors"
	"slices"

	"github.com/expr-lang/expr/ast"
)

func (c *compiler[T]) binary(n *ast.BinaryNode) (form[T], error) {
	switch n.Operator {
	case "and", "&&":
		return c.logic(n, both[T])
	case "or", "||":
		return c.logic(n, either[T])
	case "in":
		return c.in(n)
	case "==", "!=", "<", "<=", ">", ">=", "startsWith", "endsWith", "contains", "matches":
		return c.compare(n)
	case "..":
		return form[T]{}, faultf(n, "a range can only stand behind in, as in: x in 1..5")
	case "-":
		if err := c.hyphen(n); err != nil {
			return form[T]{}, err
		}
	case "%":
		if k, ok := constantOf(n.Right); !ok || k.value == 0 {
			return form[T]{}, faultf(n, "want a constant other than 0 behind %%")
		}
	}
	return form[T]{node: n}, c.replace(&n.Left, &n.Right)
}

func (c *compiler[T]) logic(n *ast.BinaryNode, join func(ast.Node, form[T], form[T]) form[T]) (form[T], error) {
	l, err := c.compile(n.Left)
	if err != nil {
		return form[T]{}, err
	}
	r, err := c.compile(n.Right)
	if err == nil {
		err = errors.Join(c.condition(l.node), c.condition(r.node))
	}
	return join(n, l, r), err
}

// hyphen refuses tag.with-hyphen, which reads as a subtraction.
func (c *compiler[T]) hyphen(n *ast.BinaryNode) error {
	m, ok := n.Left.(*ast.MemberNode)
	if !ok {
		return nil
	}
	if set, ok := c.set(m.Node); ok {
		return faultf(n, `a word with a hyphen goes in brackets: %s["with-hyphen"]`, set.info.Name)
	}
	return nil
}

// compare compiles a comparison other than in.
func (c *compiler[T]) compare(n *ast.BinaryNode) (form[T], error) {
	op := operator{name: n.Operator, node: n}
	subject, other := n.Left, n.Right
	f := c.subject(subject)
	if flipped, ok := flip(n.Operator); ok && f == nil {
		if _, constant := constantOf(n.Left); constant {
			op.name, subject, other = flipped, n.Right, n.Left
			f = c.subject(subject)
		}
	}
	if f != nil {
		if k, ok := constantOf(other); ok {
			return c.test(f, subject, op, []constant{k})
		}
	}
	return c.general(n)
}

// flip gives the operator for exchanged sides.
func flip(op string) (string, bool) {
	switch op {
	case "==", "!=":
		return op, true
	case "<":
		return ">", true
	case "<=":
		return ">=", true
	case ">":
		return "<", true
	case ">=":
		return "<=", true
	}
	return "", false
}

// test compiles the comparison of a fact with constants.
func (c *compiler[T]) test(f fact[T], subject ast.Node, op operator, with []constant) (form[T], error) {
	not := op.name == "!="
	if not {
		op.name = "=="
	}
	if _, every := f.(*everyFact[T]); !every {
		s, err := c.compile(subject)
		if err != nil {
			return form[T]{}, err
		}
		subject = s.node
	}
	out, err := f.test(subject, op, with)
	if err == nil && not {
		out = negated(op.node, out)
	}
	return out, err
}

// general compiles a comparison for the machine, except what means something
// else to it than to us.
func (c *compiler[T]) general(n *ast.BinaryNode) (form[T], error) {
	if n.Operator == "matches" {
		k, ok := constantOf(n.Right)
		if !ok {
			return form[T]{}, faultf(n.Right, "the regular expression has to be a constant")
		}
		if _, err := compilePattern(k); err != nil {
			return form[T]{}, err
		}
	}
	for _, side := range []ast.Node{n.Left, n.Right} {
		if err := c.notList(n, side); err != nil {
			return form[T]{}, err
		}
	}
	return form[T]{node: n}, c.replace(&n.Left, &n.Right)
}

// notList refuses a list as side of a comparison with something that is not a
// constant on its right.
func (c *compiler[T]) notList(n *ast.BinaryNode, side ast.Node) error {
	f := c.subject(side)
	if _, list := f.(lister[T]); !list {
		return nil
	}
	i := f.describe()
	return faultf(n, "%s is %s, which is compared with constants, the list on the left; for more write any(%s, # ...)",
		i.Name, article(i.Type), i.Name)
}

// in compiles membership.
func (c *compiler[T]) in(n *ast.BinaryNode) (form[T], error) {
	op := operator{name: "in", node: n}
	if set, ok := c.set(n.Right); ok {
		return c.has(n, set, n.Left)
	}
	if list := c.subject(n.Right); list != nil {
		return c.inList(n, list)
	}
	f := c.subject(n.Left)
	switch right := n.Right.(type) {
	case *ast.ArrayNode:
		with, ok := constantsOf(right)
		if len(right.Nodes) == 0 {
			return form[T]{}, faultf(right, "the list is empty, nothing is in it")
		}
		if f != nil && ok {
			return c.test(f, n.Left, op, with)
		}
	case *ast.StringNode:
		if isAddr(f) {
			return c.test(f, n.Left, op, []constant{{right.Value, right}})
		}
	case *ast.BinaryNode:
		if right.Operator == ".." {
			return c.inRange(n, right, f)
		}
	}
	if err := c.notList(n, n.Left); err != nil {
		return form[T]{}, err
	}
	return form[T]{node: n}, c.replace(&n.Left, &n.Right)
}

// inList compiles: x in fact.
func (c *compiler[T]) inList(n *ast.BinaryNode, f fact[T]) (form[T], error) {
	_, list := f.(lister[T])
	if _, every := f.(*everyFact[T]); !list && !every {
		i := f.describe()
		return form[T]{}, faultf(n, "%s is %s, and holds nothing that something could be in", i.Name, article(i.Type))
	}
	if k, ok := constantOf(n.Left); ok {
		return c.test(f, n.Right, operator{"==", n}, []constant{k})
	}
	if err := c.notList(n, n.Left); err != nil {
		return form[T]{}, err
	}
	return form[T]{node: n}, c.replace(&n.Left, &n.Right)
}

// inRange compiles: integer in 1..5.
func (c *compiler[T]) inRange(n, bounds *ast.BinaryNode, f fact[T]) (form[T], error) {
	i, ok := f.(*intFact[T])
	low, lowOK := constantOf(bounds.Left)
	high, highOK := constantOf(bounds.Right)
	if !ok || !lowOK || !highOK {
		return form[T]{}, faultf(n, "want an integer fact before in, and constants around the two dots")
	}
	l, err := c.test(i, n.Left, operator{">=", n}, []constant{low})
	if err != nil {
		return form[T]{}, err
	}
	delete(c.seen, n.Left)
	h, err := c.test(i, n.Left, operator{"<=", n}, []constant{high})
	return both(n, l, h), err
}

// lister is a fact that is a list.
type lister[T any] interface{ len(T) int }

// subject gives the fact whose value n is, or nil: a name, a word in a set, or
// the length of a list.
func (c *compiler[T]) subject(n ast.Node) fact[T] {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return c.lookup(n.Value)
	case *ast.MemberNode:
		if f, err := c.fieldOf(n); f != nil || err != nil {
			return f
		}
		set, ok := c.set(n.Node)
		if word, constant := n.Property.(*ast.StringNode); ok && constant {
			return set.word(word.Value)
		}
	case *ast.BuiltinNode:
		if n.Name != "len" || len(n.Arguments) != 1 {
			return nil
		}
		f := c.subject(n.Arguments[0])
		if list, ok := f.(lister[T]); ok {
			return &intFact[T]{info: Info{Name: "len(" + f.describe().Name + ")", Type: "integer"}, get: list.len}
		}
	}
	return nil
}

// constants gives the arguments if all of them are constants.
func constants(nodes []ast.Node) ([]constant, bool) {
	return constantsOf(&ast.ArrayNode{Nodes: slices.Clone(nodes)})
}
