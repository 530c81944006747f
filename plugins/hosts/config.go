package hosts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/strict"
)

// config is where the hosts are: in files, or here.
type config struct {
	files  []strict.Node
	inline strict.Node
}

// DecodeNode reads a file name, a list of them, or a map of hosts.
func (c *config) DecodeNode(n strict.Node) error {
	switch n.Kind() {
	case strict.Map:
		c.inline = n
	case strict.Single:
		c.files = []strict.Node{n}
	case strict.List:
		c.files = n.Items()
	}
	if c.inline.Kind() == strict.Null && len(c.files) == 0 {
		return n.Err("want a file such as hosts.yml, a list of files, or a map of hosts")
	}
	return nil
}

// list is the hosts of one place.
type list struct {
	source  string
	node    strict.Node // where the place is named
	entries []entry
	hosts   []host.Host // of the entries, in their order
}

// load reads the hosts of every place; path makes a file name a path.
func (c *config) load(path func(string) string) (lists []list, err error) {
	var errs []error
	if c.inline.Kind() == strict.Map {
		l, err := newList("configuration", c.inline, c.inline)
		lists, errs = append(lists, l), append(errs, err)
	}
	seen := map[string]bool{}
	for _, n := range c.files {
		name, err := n.Text()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if seen[name] {
			errs = append(errs, n.Err("file %q is listed twice", name))
			continue
		}
		seen[name] = true
		l, err := readFile(n, path(name))
		lists, errs = append(lists, l), append(errs, err)
	}
	return lists, strict.Join(errs...)
}

// readFile reads the hosts of a file that is named at n.
func readFile(n strict.Node, path string) (list, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return list{}, n.Err("file %q does not exist; names are relative to the configuration file", path)
	}
	if err != nil {
		return list{}, n.Wrap(fmt.Errorf("hosts cannot be read: %w", err))
	}
	top, err := strict.Parse(path, data)
	if err != nil {
		return list{}, err
	}
	return newList(path, n, top)
}

// newList reads a map of hosts.
func newList(source string, named, top strict.Node) (list, error) {
	l := list{source: source, node: named}
	if err := strict.Decode(top, &l.entries); err != nil {
		return l, err
	}
	l.hosts = make([]host.Host, len(l.entries))
	for i := range l.entries {
		l.hosts[i] = l.entries[i].host()
	}
	return l, nil
}
