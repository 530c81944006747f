package ignore

import "github.com/stage6/stage6/internal/strict"

// config is the expressions, any of which is enough; none of them is
// everything.
type config struct {
	any []expression
}

// expression is a match expression where it is written.
type expression struct {
	text string
	node strict.Node
}

// DecodeNode reads nothing, an expression or a list of them.
func (c *config) DecodeNode(n strict.Node) error {
	nodes := n.Items()
	switch n.Kind() {
	case strict.Null:
		return nil
	case strict.Map:
		return n.Err("got a map, want an expression, a list of them, or nothing where when: stands beside ignore")
	case strict.Single:
		nodes = []strict.Node{n}
	}
	if len(nodes) == 0 {
		return n.Err("the list is empty, want at least one expression")
	}
	var errs []error
	for _, item := range nodes {
		text, err := item.Text()
		errs = append(errs, err)
		c.any = append(c.any, expression{text, item})
	}
	return strict.Join(errs...)
}
