package file

import "github.com/stage6/stage6/internal/strict"

// refreshWord has the file read again when it changes.
const refreshWord = "autorefresh"

// config is which file to read.
type config struct {
	node    strict.Node // where the file is named
	name    string
	refresh bool
}

// DecodeNode reads a file name and, if wanted, autorefresh, on a line or as a
// list.
func (c *config) DecodeNode(n strict.Node) error {
	words := n.Items()
	switch n.Kind() {
	case strict.Single:
		var err error
		if words, err = n.Fields(); err != nil {
			return err
		}
	case strict.Map:
		return n.Err("got a map, want a file name and, if wanted, %s, such as leases.txt %s", refreshWord, refreshWord)
	}
	if len(words) == 0 {
		return n.Err("no file is named, want one such as leases.txt")
	}
	if len(words) > 2 {
		return words[2].Err("want a file name and, if wanted, %s; quote a name with spaces in a list", refreshWord)
	}
	return c.read(words)
}

func (c *config) read(words []strict.Node) (err error) {
	c.node = words[0]
	if c.name, err = words[0].Text(); err != nil {
		return err
	}
	if c.name == "" {
		return words[0].Err("the file name is empty")
	}
	if len(words) == 1 {
		return nil
	}
	word, err := words[1].Text()
	if err == nil && word != refreshWord {
		err = words[1].Err("%q: want %s, or nothing", word, refreshWord)
	}
	c.refresh = word == refreshWord
	return err
}
