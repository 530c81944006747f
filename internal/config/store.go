package config

import (
	"fmt"
	"strings"

	"github.com/stage6/stage6/internal/strict"
)

// Store says which plugin keeps the leases.
type Store struct {
	Plugin string      // such as pebble
	Config strict.Node // the plugin's own settings
	Node   strict.Node // where the plugin is named
}

// DecodeNode reads {pebble: ...}, a path, which is short for that, or memory.
func (s *Store) DecodeNode(n strict.Node) error {
	if n.Kind() == strict.Map {
		return s.fromPair(n)
	}
	text, err := n.Text()
	switch {
	case err != nil:
		return err
	case text == "memory":
		*s = Store{Plugin: "memory", Node: n}
	case strings.Contains(text, "/"):
		*s = Store{Plugin: "pebble", Config: n, Node: n}
	default:
		return fmt.Errorf("%q is neither memory nor a path, write ./%s for a directory", text, text)
	}
	return nil
}

func (s *Store) fromPair(n strict.Node) error {
	pairs := n.Pairs()
	if len(pairs) != 1 {
		return fmt.Errorf("got %d stores, want one, such as pebble: %s", len(pairs), defaultLeases)
	}
	name, err := pairs[0].Key.Text()
	if err != nil {
		return err
	}
	*s = Store{Plugin: name, Config: pairs[0].Value, Node: pairs[0].Key}
	return nil
}
