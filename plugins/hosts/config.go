package hosts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/stage6/stage6/internal/hosttext"
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

// paths gives the files; path makes a file name a path.
func (c *config) paths(path func(string) string) (out []string) {
	for _, n := range c.files {
		if name, err := n.Text(); err == nil {
			out = append(out, path(name))
		}
	}
	return out
}

// load reads the hosts of every place; path makes a file name a path. Those of each file
// stay by themselves: to copy what 100,000 hosts are in one go keeps everybody waiting,
// since a goroutine does not give its processor up in the middle of that.
func (c *config) load(path func(string) string) (places [][]hosttext.Entry, err error) {
	if c.inline.Kind() == strict.Map {
		var entries []hosttext.Entry
		err := strict.Decode(c.inline, &entries)
		return [][]hosttext.Entry{entries}, err
	}
	var errs []error
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
		read, err := readFile(n, path(name))
		places, errs = append(places, read), append(errs, err)
	}
	return places, strict.Join(errs...)
}

// readFile reads the hosts of a file that is named at n.
func readFile(n strict.Node, path string) (entries []hosttext.Entry, err error) {
	data, err := readRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, n.Err("file %q does not exist; names are relative to the configuration file", path)
	}
	if err != nil {
		return nil, n.Wrap(unreadable(err))
	}
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		return hosttext.ReadCSV(path, data)
	}
	top, err := strict.Parse(path, data)
	if err != nil {
		return nil, err
	}
	err = strict.Decode(top, &entries)
	return entries, err
}

// unreadable says why a file of hosts cannot be read.
func unreadable(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("hosts cannot be read: %w: the server must be able to without root's rights: chmod a+r, or chown to its user", err)
	}
	return fmt.Errorf("hosts cannot be read: %w", err)
}

// readRegular reads a file of bounded size. Something else, such as a pipe,
// could keep its reader waiting for ever.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is not a regular file", path)
	}
	if info.Size() > strict.MaxSize {
		return nil, fmt.Errorf("%q has %d octets, want at most %d", path, info.Size(), strict.MaxSize)
	}
	return os.ReadFile(path)
}
