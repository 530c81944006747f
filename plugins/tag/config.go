package tag

import (
	"fmt"
	"strings"

	"github.com/stage6/stage6/internal/strict"
)

// config is the tags and their expressions in the order of the file.
type config []entry

type entry struct {
	Tag  name       `config:"key"`
	When expression `config:"value"`
}

// Validate refuses an empty map.
func (c config) Validate() error {
	if len(c) == 0 {
		return fmt.Errorf(`no tag is written, want such as ipxe: 'user_class == "iPXE"'`)
	}
	return nil
}

// name is a tag that an expression can ask for as tag.name.
type name struct{ name string }

// UnmarshalText reads letters, digits and underscores.
func (n *name) UnmarshalText(text []byte) error {
	n.name = string(text)
	if isWord(n.name) {
		return nil
	}
	return fmt.Errorf("tag %q: want letters, digits and underscores, a letter first", text)
}

func isWord(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return s != "" && strings.Contains(letters, s[:1]) && strings.Trim(s, letters+"0123456789_") == ""
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
