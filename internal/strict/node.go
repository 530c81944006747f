package strict

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Kind is what a Node is.
type Kind uint8

// The kinds of Node.
const (
	Null   Kind = iota // nothing is written, or null or ~
	Single             // a single value
	List
	Map
)

// String gives the kind as error messages call it.
func (k Kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a map"}[k]
}

// Node is one value of a file, with its place. The zero Node is of kind Null
// and has no place.
type Node struct {
	src *source
	n   *yaml.Node
	key string // that the value is written under, for errors
}

// Pair is a key of a map with its value.
type Pair struct{ Key, Value Node }

// with gives the Node for another value of the same file.
func (n Node) with(y *yaml.Node, key string) Node {
	if y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	return Node{src: n.src, n: y, key: key}
}

// Kind says what n is.
func (n Node) Kind() Kind {
	switch {
	case n.n == nil:
		return Null
	case n.n.Kind == yaml.SequenceNode:
		return List
	case n.n.Kind == yaml.MappingNode:
		return Map
	case n.n.Tag == "!!null":
		return Null
	}
	return Single
}

// Pos gives the place of n as file:line:column.
func (n Node) Pos() string { return n.Place().String() }

// Key gives the key that n is written under, or nothing.
func (n Node) Key() string { return n.key }

// Text gives a scalar as it is written in the file, without quotes. Anything
// else is an error, and so is an empty value without quotes.
func (n Node) Text() (string, error) {
	if n.n == nil || n.n.Kind == yaml.ScalarNode && n.n.Value == "" && n.n.Style == 0 {
		return "", n.Err("nothing is written here")
	}
	if n.n.Kind != yaml.ScalarNode {
		return "", n.Err("got %s, want a single value%s", n.Kind(), n.advice())
	}
	return n.n.Value, nil
}

// advice tells how to write an address that YAML takes for a map: the last
// colon of "- 2001:db8::" makes the rest a key.
func (n Node) advice() string {
	if items := n.Items(); len(items) == 1 && isAddress(items[0].n.Value) {
		return ": quote it: " + quote("["+items[0].n.Value+"]")
	}
	if n.Kind() != Map || len(n.n.Content) != 2 {
		return ""
	}
	if written := n.n.Content[0].Value + ":"; isAddress(written) {
		return ": quote it: " + quote(written)
	}
	return ""
}

// got describes n for errors about its kind.
func (n Node) got() string {
	if n.Kind() == Single {
		return strconv.Quote(cut(n.n.Value))
	}
	return n.Kind().String()
}

// maxGot is how many characters of a text an error repeats.
const maxGot = 60

// cut leaves the rest of a long text out.
func cut(text string) string {
	if runes := []rune(text); len(runes) > maxGot {
		return string(runes[:maxGot]) + "..."
	}
	return text
}

// Items gives the values of a list, nothing for another kind.
func (n Node) Items() []Node {
	if n.Kind() != List {
		return nil
	}
	out := make([]Node, len(n.n.Content))
	for i, y := range n.n.Content {
		out[i] = n.with(y, n.key)
	}
	return out
}

// Pairs gives the keys and values of a map in the order of the file, nothing
// for another kind.
func (n Node) Pairs() []Pair {
	if n.Kind() != Map {
		return nil
	}
	out := make([]Pair, 0, len(n.n.Content)/2)
	for i := 0; i+1 < len(n.n.Content); i += 2 {
		key := n.with(n.n.Content[i], n.key)
		out = append(out, Pair{Key: key, Value: n.with(n.n.Content[i+1], key.n.Value)})
	}
	return out
}

// Get gives the value of a key of a map; one that is not there is the zero
// Node.
func (n Node) Get(key string) Node {
	for _, pair := range n.Pairs() {
		if pair.Key.n.Value == key {
			return pair.Value
		}
	}
	return Node{}
}

// Fields splits the text of a scalar at white space; each part is a Node with
// its own place. Another kind than a scalar is an error.
func (n Node) Fields() ([]Node, error) {
	text, err := n.Text()
	if err != nil {
		return nil, err
	}
	var out []Node
	from := 0
	for _, part := range strings.Fields(text) {
		from += strings.Index(text[from:], part)
		y := *n.n
		y.Value, y.Tag, y.Style = part, "!!str", yaml.DoubleQuotedStyle
		y.Column += n.offset(text, from)
		out = append(out, Node{src: n.src, n: &y, key: n.key})
		from += len(part)
	}
	return out, nil
}

// maxColumn bounds the search for the place of a part of a text.
const maxColumn = 1000

// offset gives how many characters after the beginning of n the octet i of its
// text is written. It is 0 for the first, quoted or not, and where the text is
// not written word for word or is too far right.
func (n Node) offset(text string, i int) int {
	if i == 0 || n.n.Column > maxColumn {
		return 0
	}
	written := n.src.data[n.src.offset(n.n.Line, n.n.Column):]
	quote := 0
	if n.n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		quote = 1
	}
	if len(written) < quote || !bytes.HasPrefix(written[quote:], []byte(text)) {
		return 0
	}
	return quote + utf8.RuneCountInString(text[:i])
}

// Err makes an error at the place of n.
func (n Node) Err(format string, args ...any) error { return n.Place().Err(format, args...) }

// Wrap gives err the place of n, unless it has a place already. It keeps nil.
func (n Node) Wrap(err error) error { return n.Place().Wrap(err) }

// Place gives the place of n.
func (n Node) Place() Place {
	p := Place{Key: n.key}
	if n.src != nil {
		p.File, p.Line, p.Column = n.src.file, n.n.Line, n.n.Column
	}
	return p
}
