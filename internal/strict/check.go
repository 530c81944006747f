package strict

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"
)

// check gives everything in the values of a file that is YAML but not wanted:
// tags, merge keys, doubled keys, keys that are not text, and too much depth
// or too many aliases.
func check(src *source, root *yaml.Node) error {
	c := checker{src: src, place: cursor{src: src}}
	c.walk(root, "", 0)
	return Join(c.errs...)
}

type checker struct {
	src     *source
	place   cursor
	errs    []error
	aliased int // values added by expanding aliases
}

func (c *checker) errorf(n *yaml.Node, format string, args ...any) {
	c.keyErrorf(n, "", format, args...)
}

func (c *checker) keyErrorf(n *yaml.Node, key, format string, args ...any) {
	c.errs = append(c.errs, Node{src: c.src, n: n, key: key}.Err(format, args...))
}

// walk checks n, the value of key.
func (c *checker) walk(n *yaml.Node, key string, depth int) {
	if depth > maxDepth {
		c.errorf(n, "nested more than %d levels deep", maxDepth)
		return
	}
	c.tag(n, key)
	if n.Kind == yaml.AliasNode {
		c.alias(n, depth)
		return
	}
	if n.Kind == yaml.MappingNode {
		c.keys(n)
	}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 {
			key = n.Content[i-1].Value
		}
		c.walk(child, key, depth+1)
	}
}

// tag refuses tags. The library hides the tag of "! x", which in a match
// expression would turn its sense around, so the source is looked at.
func (c *checker) tag(n *yaml.Node, key string) {
	tag := writtenTag(c.src.data[c.place.offset(n.Line, n.Column):])
	if n.Kind == yaml.AliasNode || tag == "" && n.Style&yaml.TaggedStyle == 0 {
		return
	}
	if tag == "" {
		tag = n.Tag
	}
	if strings.HasPrefix(tag, "!!") || n.Kind != yaml.ScalarNode {
		c.keyErrorf(n, key, "YAML tag %q: tags are not supported, leave it out", tag)
		return
	}
	meant := strings.TrimSpace(strings.TrimPrefix(tag, "!") + " " + n.Value)
	c.keyErrorf(n, key, "%q is a YAML tag, not an expression, write: not %s", tag, meant)
}

// writtenTag gives the tag among the properties (tag and anchor) that a value
// in the source begins with, or nothing.
func writtenTag(text []byte) string {
	for len(text) > 0 && text[0] == '&' {
		text = bytes.TrimLeft(text[propertyEnd(text):], " \t")
	}
	if len(text) == 0 || text[0] != '!' {
		return ""
	}
	return string(text[:propertyEnd(text)])
}

// propertyEnd gives the length of the tag or anchor that text begins with.
func propertyEnd(text []byte) int {
	if i := bytes.IndexAny(text, " \t\r\n,]}"); i >= 0 {
		return i
	}
	return len(text)
}

func (c *checker) keys(n *yaml.Node) {
	seen := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		first := seen[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode:
			c.errorf(key, "a key is not text: quote it if text is meant")
		case key.Tag == "!!merge":
			c.errorf(key, "merge key %q is not supported: write the keys out", key.Value)
		case key.Value == "" && key.Style == 0:
			c.errorf(key, "a key is missing before the colon")
		case first != nil:
			c.errorf(key, "key %q stands twice, first at line %d", key.Value, first.Line)
		default:
			seen[key.Value] = key
		}
	}
}

// alias counts what an alias expands to.
func (c *checker) alias(n *yaml.Node, depth int) {
	switch {
	case c.aliased > maxAlias:
	case !c.expand(n.Alias, depth):
		c.errorf(n, "alias *%s contains itself or makes the file more than %d levels deep", n.Value, maxDepth)
	case c.aliased > maxAlias:
		c.errorf(n, "alias *%s: aliases add more than %d values", n.Value, maxAlias)
	}
}

// expand says whether n stays within the depth; it stops counting at the bound.
func (c *checker) expand(n *yaml.Node, depth int) bool {
	if c.aliased++; c.aliased > maxAlias {
		return true
	}
	if depth > maxDepth {
		return false
	}
	if n.Kind == yaml.AliasNode {
		return c.expand(n.Alias, depth+1)
	}
	for _, child := range n.Content {
		if !c.expand(child, depth+1) {
			return false
		}
	}
	return true
}
