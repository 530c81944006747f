package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/stage6/stage6/internal/strict"
)

// config is where the table is, and what holds for all of it.
type config struct {
	table      strict.Node // a list, or the name of a file
	preference *uint8
	script     strict.Node
}

// DecodeNode reads the name of a file, a list of entries, or a map with one of
// them and more settings.
func (c *config) DecodeNode(n strict.Node) error {
	if n.Kind() != strict.Map {
		c.table = n
		return checkTable(n)
	}
	var written struct {
		Table      strict.Node `config:"required"`
		Preference *uint8
		Script     strict.Node
	}
	if err := strict.Decode(n, &written); err != nil {
		return err
	}
	*c = config{written.Table, written.Preference, written.Script}
	return checkTable(c.table)
}

func checkTable(n strict.Node) error {
	if n.Kind() == strict.Single || len(n.Items()) > 0 {
		return nil
	}
	return n.Err("want a file such as boot.yml, or a list of entries")
}

// table is the entries with what holds for all of them.
type table struct {
	config
	entries []entry
}

// read reads the table; path makes a file name a path.
func (c config) read(path func(string) string) (*table, error) {
	list := c.table
	if list.Kind() == strict.Single {
		var err error
		if list, err = readFile(list, path); err != nil {
			return nil, err
		}
	}
	t := &table{config: c}
	if err := strict.Decode(list, &t.entries); err != nil {
		return nil, err
	}
	local := slices.ContainsFunc(t.entries, func(e entry) bool { return e.what.Local })
	if t.script.Kind() != strict.Null && !local {
		return nil, t.script.Err("script is for entries with local: true, and there is none")
	}
	return t, nil
}

// readFile reads the file that is named at n.
func readFile(n strict.Node, path func(string) string) (strict.Node, error) {
	name, err := n.Text()
	if err != nil {
		return strict.Node{}, err
	}
	file := path(name)
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return strict.Node{}, n.Err("file %q does not exist; names are relative to the configuration file", file)
	}
	if err != nil {
		return strict.Node{}, n.Wrap(fmt.Errorf("the table cannot be read: %w", err))
	}
	top, err := strict.Parse(file, data)
	if err == nil && len(top.Items()) == 0 {
		err = top.Err("want a list of entries")
	}
	return top, err
}
