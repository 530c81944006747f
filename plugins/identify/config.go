package identify

import (
	"strings"

	"github.com/stage6/stage6/internal/strict"
)

// config is the sources in the order of preference.
type config struct {
	sources []source
}

// entry is a source where it is written.
type entry struct {
	name     string
	at       strict.Node
	settings strict.Node // of kind Null without settings
}

// DecodeNode reads the names of sources: on one line or in a list, whose items
// may be maps of a name to the source's settings.
func (c *config) DecodeNode(n strict.Node) error {
	entries, err := readEntries(n)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return n.Err("no source is named, want %s", known())
	}
	var errs []error
	first := map[string]entry{}
	for _, e := range entries {
		if before, twice := first[e.name]; twice {
			errs = append(errs, e.at.Err("source %q stands twice, first at %s", e.name, before.at.Pos()))
			continue
		}
		first[e.name] = e
		s, err := e.source()
		c.sources = append(c.sources, s)
		errs = append(errs, err)
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

// source gives the source of an entry. None of them has settings.
func (e entry) source() (source, error) {
	for _, s := range sources() {
		if s.name == e.name {
			return s, e.noSettings()
		}
	}
	return source{}, e.at.Err("unknown source %q: want %s", e.name, known())
}

func (e entry) noSettings() error {
	empty := e.settings.Kind() == strict.Null || e.settings.Kind() == strict.Map && len(e.settings.Pairs()) == 0
	if empty {
		return nil
	}
	return e.settings.Err("source %q has no settings, write %s alone", e.name, e.name)
}

// known names the sources for errors, such as: a, b or c.
func known() string {
	var names []string
	for _, s := range sources() {
		names = append(names, s.name)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
