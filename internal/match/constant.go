package match

import (
	"github.com/expr-lang/expr/ast"
)

// operator is a comparison operator at its place in the tree.
type operator struct {
	name string // ==, in, <, <=, >, >=, startsWith, endsWith, contains or matches
	node ast.Node
}

// constant is a string, an int, a float64 or a bool of the expression.
type constant struct {
	value any
	node  ast.Node
}

// literal gives the node of the constant, whose value may have been brought
// into another form since it was read.
func (c constant) literal() ast.Node {
	switch v := c.value.(type) {
	case string:
		return placedAt(c.node, &ast.StringNode{Value: v})
	case int:
		return placedAt(c.node, &ast.IntegerNode{Value: v})
	case bool:
		return placedAt(c.node, &ast.BoolNode{Value: v})
	}
	return c.node
}

func constantOf(n ast.Node) (constant, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return constant{n.Value, n}, true
	case *ast.IntegerNode:
		return constant{n.Value, n}, true
	case *ast.FloatNode:
		return constant{n.Value, n}, true
	case *ast.BoolNode:
		return constant{n.Value, n}, true
	case *ast.UnaryNode:
		if i, ok := n.Node.(*ast.IntegerNode); ok && n.Operator == "-" {
			return constant{-i.Value, n}, true
		}
	}
	return constant{}, false
}

// constantsOf gives the elements of a list if all of them are constants.
func constantsOf(list *ast.ArrayNode) ([]constant, bool) {
	var out []constant
	for _, n := range list.Nodes {
		c, ok := constantOf(n)
		if !ok {
			return nil, false
		}
		out = append(out, c)
	}
	return out, true
}

// stringsOf gives the constants as strings. what names the fact in the error.
func stringsOf(what Info, with []constant) ([]string, error) {
	var out []string
	for _, c := range with {
		s, ok := c.value.(string)
		if !ok {
			return nil, faultf(c.node, "%s is %s: compare it with a text in quotes", what.Name, article(what.Type))
		}
		out = append(out, s)
	}
	return out, nil
}

// intsOf gives the constants as integers.
func intsOf(what Info, with []constant) ([]int, error) {
	var out []int
	for _, c := range with {
		i, ok := c.value.(int)
		if !ok {
			return nil, faultf(c.node, "%s is %s: compare it with a number without quotes", what.Name, article(what.Type))
		}
		out = append(out, i)
	}
	return out, nil
}

func refused(what Info, op operator, better string) error {
	return faultf(op.node, "%s is %s, for which there is no %s: %s", what.Name, article(what.Type), op.name, better)
}

// article puts an article before the type of a fact where it takes one.
func article(kind string) string {
	switch kind {
	case "octets in hexadecimal", "true or false":
		return kind
	case "integer", "address":
		return "an " + kind
	}
	if len(kind) > 3 && kind[:3] == "one" {
		return kind
	}
	return "a " + kind
}
