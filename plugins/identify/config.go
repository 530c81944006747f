package identify

import (
	"github.com/stage6/stage6/internal/strict"
)

// config is the sources in the order of preference, as they are written.
type config struct {
	entries []entry
}

// entry is a source where it is written.
type entry struct {
	name     string
	at       strict.Node
	settings strict.Node // of kind Null without settings
}

// DecodeNode reads the names of sources: on one line or in a list, whose items
// may be maps of a name to the source's settings.
func (c *config) DecodeNode(n strict.Node) (err error) {
	if c.entries, err = readEntries(n); err != nil {
		return err
	}
	if len(c.entries) == 0 {
		return n.Err("no source is named, want some such as relay eui64")
	}
	var errs []error
	first := map[string]entry{}
	for _, e := range c.entries {
		if before, twice := first[e.name]; twice {
			errs = append(errs, e.at.Err("source %q stands twice, first at %s", e.name, before.at.Pos()))
			continue
		}
		first[e.name] = e
	}
	return strict.Join(errs...)
}

func readEntries(n strict.Node) (out []entry, err error) {
	switch n.Kind() {
	case strict.Single:
		return readLine(n)
	case strict.Map:
		return readMap(n)
	}
	for _, item := range n.Items() {
		read := readName
		if item.Kind() == strict.Map {
			read = readMap
		}
		entries, err := read(item)
		if err != nil {
			return nil, err
		}
		out = append(out, entries...)
	}
	return out, nil
}

// readLine reads names between white space.
func readLine(n strict.Node) (out []entry, err error) {
	words, err := n.Fields()
	if err != nil {
		return nil, err
	}
	for _, word := range words {
		one, err := readName(word)
		if err != nil {
			return nil, err
		}
		out = append(out, one...)
	}
	return out, nil
}

func readName(n strict.Node) ([]entry, error) {
	name, err := n.Text()
	return []entry{{name: name, at: n}}, err
}

// readMap reads names with settings.
func readMap(n strict.Node) (out []entry, err error) {
	for _, pair := range n.Pairs() {
		name, err := pair.Key.Text()
		if err != nil {
			return nil, err
		}
		out = append(out, entry{name: name, at: pair.Key, settings: pair.Value})
	}
	return out, nil
}

// plain says that an entry has no settings.
func (e entry) plain() bool {
	return e.settings.Kind() == strict.Null || e.settings.Kind() == strict.Map && len(e.settings.Pairs()) == 0
}

func (e entry) noSettings() error {
	if e.plain() {
		return nil
	}
	return e.settings.Err("source %q has no settings, write %s alone", e.name, e.name)
}

// trusted reads the only setting of a source that is trusted when told so.
func (e entry) trusted() (bool, error) {
	if e.plain() {
		return false, nil
	}
	word, err := e.settings.Text()
	if err == nil && word != "trusted" {
		err = e.settings.Err("got %q, want %s alone or %s: trusted", word, e.name, e.name)
	}
	return true, err
}

// decode gives the settings of a source that is compiled in beside ours. Without
// any they stay as they are.
func (e entry) decode(into any) error {
	if e.settings.Kind() == strict.Null {
		return nil
	}
	return strict.Decode(e.settings, into)
}
