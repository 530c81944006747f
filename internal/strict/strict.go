// Package strict reads YAML files and decodes them into Go values without
// guessing: a scalar is taken by its source text, order and case are kept, an
// unknown or doubled key is an error, and every error names file, line and
// column and says what would be right.
//
// Anchors and aliases are allowed within bounds. Tags, merge keys and a second
// document are errors.
package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// The bounds of one file.
const (
	MaxSize  = 32 << 20 // octets
	maxDepth = 64       // levels of lists and maps
	maxAlias = 100_000  // values added by expanding aliases
)

// Parse reads a file of one YAML document, which may begin with a byte order
// mark and may have any line ends. file is the name that errors give it. An
// empty file is a Node of kind Null. Every error is an Error or Errors.
func Parse(file string, data []byte) (Node, error) {
	if len(data) > MaxSize {
		return Node{}, newSource(file, nil).errorf(1, 1, "%d octets, want at most %d", len(data), MaxSize)
	}
	src := newSource(file, data)
	if err := src.checkUTF8(); err != nil {
		return Node{}, err
	}
	doc, err := load(bytes.NewReader(src.data))
	if extra := (*extraDocument)(nil); errors.As(err, &extra) {
		return Node{}, src.errorf(extra.line, 1, "a second document begins here, want one in a file")
	}
	if err != nil {
		return Node{}, src.syntaxError(err)
	}
	if err := check(src, doc); err != nil {
		return Node{}, err
	}
	return Node{src: src, n: doc}, nil
}

// Scalar gives a Node for a text that comes from elsewhere than a file, such
// as an environment variable; origin is what errors about it say instead of a
// place, key the setting that it is for.
func Scalar(origin, key, text string) Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Value: text}
	return Node{src: &source{file: origin}, n: n, key: key}
}

// extraDocument is the error that a file has more than one document.
type extraDocument struct{ line int }

func (e *extraDocument) Error() string { return fmt.Sprintf("second document at line %d", e.line) }

// load gives the value of the only document in r.
func load(r io.Reader) (*yaml.Node, error) {
	dec := yaml.NewDecoder(r)
	var doc, extra yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: 1, Column: 1}, nil
	case err != nil:
		return nil, err
	}
	switch err := dec.Decode(&extra); {
	case err == nil:
		return nil, &extraDocument{line: extra.Line}
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return doc.Content[0], nil
}
