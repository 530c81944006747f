package stage

import (
	"errors"
	"time"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/stage"
)

// config is the settings: the expressions of the stages, and what tells that a
// machine is installed.
type config struct {
	Firmware, Loader, Installer, Final expression
	Installed                          *installed
}

// DecodeNode reads a map of stages and expressions.
func (c *config) DecodeNode(n strict.Node) error {
	type settings config
	if n.Kind() == strict.Null {
		return n.Err("nothing is set, write {} for firmware, loader and installed systems alone")
	}
	return strict.Decode(n, (*settings)(c))
}

// entry is a stage and its expression.
type entry struct {
	stage stage.Stage
	when  expression
}

// entries gives the stages that have an expression, in their order.
func (c *config) entries() (out []entry) {
	for _, e := range []entry{
		{stage.Firmware, c.Firmware}, {stage.Loader, c.Loader}, {stage.Installer, c.Installer}, {stage.Final, c.Final},
	} {
		if e.when.set {
			out = append(out, e)
		}
	}
	return out
}

// installed says when a machine that is to be installed has its system.
type installed struct {
	When  expression
	After time.Duration `config:"min=1m"`
}

// Validate says why the settings would do nothing, or nil.
func (i *installed) Validate() error {
	if !i.When.set && i.After == 0 {
		return errors.New(`want when, such as 'user_class == "dhclient"', after, such as 2h, or both`)
	}
	return nil
}

// expression is a match expression where it is written.
type expression struct {
	set  bool
	text string
	node strict.Node
}

// DecodeNode takes the text; it is compiled when the handler is made.
func (e *expression) DecodeNode(n strict.Node) (err error) {
	e.set, e.node = true, n
	e.text, err = n.Text()
	return err
}
