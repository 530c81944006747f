package strict

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// Equal says whether the same is written in both, wherever that is.
func (n Node) Equal(o Node) bool { return equal(n.n, o.n) }

func equal(a, b *yaml.Node) bool {
	if isNull(a) || isNull(b) {
		return isNull(a) && isNull(b)
	}
	a, b = target(a), target(b)
	return a.Kind == b.Kind && a.Tag == b.Tag && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, equal)
}

func isNull(n *yaml.Node) bool { return n == nil || target(n).Tag == "!!null" }

// target gives what an alias stands for.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// At gives the value under keys, one inside of the other, or the last one on the
// way that is there: the place for an error about it.
func (n Node) At(keys ...string) Node {
	for _, key := range keys {
		next := n.Get(key)
		if next.n == nil {
			return n
		}
		n = next
	}
	return n
}
