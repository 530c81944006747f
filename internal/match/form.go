package match

import (
	"github.com/expr-lang/expr/ast"
)

// form is an expression in both of its shapes.
type form[T any] struct {
	node ast.Node     // for expr's machine
	eval func(T) bool // nil when only the machine can say
}

func negated[T any](at ast.Node, f form[T]) form[T] {
	out := form[T]{node: placedAt(at, &ast.UnaryNode{Operator: "not", Node: f.node})}
	if eval := f.eval; eval != nil {
		out.eval = func(v T) bool { return !eval(v) }
	}
	return out
}

func both[T any](at ast.Node, a, b form[T]) form[T] {
	out := form[T]{node: binaryNode(at, "and", a.node, b.node)}
	if l, r := a.eval, b.eval; l != nil && r != nil {
		out.eval = func(v T) bool { return l(v) && r(v) }
	}
	return out
}

func either[T any](at ast.Node, a, b form[T]) form[T] {
	out := form[T]{node: binaryNode(at, "or", a.node, b.node)}
	if l, r := a.eval, b.eval; l != nil && r != nil {
		out.eval = func(v T) bool { return l(v) || r(v) }
	}
	return out
}

// placedAt gives n the place of another node, for errors.
func placedAt[N ast.Node](at ast.Node, n N) N {
	n.SetLocation(at.Location())
	return n
}

func binaryNode(at ast.Node, op string, l, r ast.Node) ast.Node {
	return placedAt(at, &ast.BinaryNode{Operator: op, Left: l, Right: r})
}

func callNode(at ast.Node, name string, args ...ast.Node) ast.Node {
	callee := placedAt(at, &ast.IdentifierNode{Value: name})
	return placedAt(at, &ast.CallNode{Callee: callee, Arguments: args})
}

// compareNode is the machine's form of comparing subject with any of the
// constants.
func compareNode(subject ast.Node, op operator, with []constant) ast.Node {
	if op.name == "==" && len(with) > 1 {
		return binaryNode(op.node, "in", subject, arrayNode(op.node, with))
	}
	out := binaryNode(op.node, op.name, subject, with[0].literal())
	for _, c := range with[1:] {
		out = binaryNode(op.node, "or", out, binaryNode(op.node, op.name, subject, c.literal()))
	}
	return out
}

// anyNode is compareNode for any element of a list.
func anyNode(list ast.Node, op operator, with []constant) ast.Node {
	element := placedAt(list, &ast.PointerNode{})
	predicate := placedAt(op.node, &ast.PredicateNode{Node: compareNode(element, op, with)})
	return placedAt(op.node, &ast.BuiltinNode{Name: "any", Arguments: []ast.Node{list, predicate}})
}

func arrayNode(at ast.Node, with []constant) ast.Node {
	var nodes []ast.Node
	for _, c := range with {
		nodes = append(nodes, c.literal())
	}
	return placedAt(at, &ast.ArrayNode{Nodes: nodes})
}
