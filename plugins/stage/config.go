package stage

import (
	"cmp"
	"slices"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/stage"
)

// config is the stages and their expressions, in the order of the stages.
type config []entry

type entry struct {
	Stage stage.Stage `config:"key"`
	When  expression  `config:"value"`
}

// DecodeNode reads a map of stages and expressions.
func (c *config) DecodeNode(n strict.Node) error {
	type entries config
	if n.Kind() == strict.Null {
		return n.Err("nothing is set, write {} for firmware, loader and installed systems alone")
	}
	if err := strict.Decode(n, (*entries)(c)); err != nil {
		return err
	}
	for _, e := range *c {
		if e.Stage == stage.Unknown {
			return n.Err("stage %q: want firmware, loader, installer or final", e.Stage)
		}
	}
	slices.SortStableFunc(*c, func(a, b entry) int { return cmp.Compare(a.Stage, b.Stage) })
	return nil
}

// expression is a match expression where it is written.
type expression struct {
	text string
	node strict.Node
}

// DecodeNode takes the text; it is compiled when the handler is made.
func (e *expression) DecodeNode(n strict.Node) (err error) {
	e.node = n
	e.text, err = n.Text()
	return err
}
