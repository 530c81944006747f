package strict

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// Decoder is implemented by types that read their own shape.
type Decoder interface {
	DecodeNode(n Node) error
}

// Splitter is implemented by list types that may be written on one line: the
// text of a lone scalar becomes the list of its parts at white space.
type Splitter interface {
	SplitFields() bool
}

// Validator is implemented by types whose decoded values can be wrong as a
// whole. Its error gets the place of the value.
type Validator interface {
	Validate() error
}

// Decode sets the value that into points to from n. What n does not mention
// keeps its value. All that is wrong is reported, not only the first.
//
// Types that implement Decoder, yaml.Unmarshaler or encoding.TextUnmarshaler
// read themselves; a struct, slice or map with the last reads its text from a
// scalar and its parts from a map or list. Other structs are maps of their
// exported fields, named by the tag yaml:"name"; the tag config holds rules,
// separated by commas:
//
//	required     the key must be there
//	fields       a lone scalar is a list of its parts at white space
//	unlisted     errors about other keys do not name this one
//	min=, max=   bounds of a number or time, or of each in a list
//	key, value   of the elements of a slice that is written as a map, whose
//	             order it keeps: the field for the key, and that for the value
//	             (without one, the value is a map of the other fields)
//
// A lone value where a list is wanted is a list of one.
func Decode(n Node, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("strict: decode into %T, want a pointer", into)
	}
	d := decoder{plans: map[reflect.Type]*plan{}}
	return Join(d.value(n, v.Elem(), rules{}))
}

type decoder struct{ plans map[reflect.Type]*plan }

// value sets v from n and validates it.
func (d *decoder) value(n Node, v reflect.Value, r rules) error {
	if err := d.set(n, v, r); err != nil {
		return n.Wrap(err)
	}
	if check, ok := v.Addr().Interface().(Validator); ok {
		return n.Wrap(check.Validate())
	}
	return nil
}

func (d *decoder) set(n Node, v reflect.Value, r rules) error {
	switch own := v.Addr().Interface().(type) {
	case Decoder:
		return own.DecodeNode(n)
	case *Node:
		*own = n
		return nil
	case yaml.Unmarshaler:
		return unmarshalYAML(n, own)
	}
	if done, err := wellKnown(n, v.Addr().Interface(), r); done {
		return err
	}
	if own, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok && !d.inParts(n, v.Type()) {
		text, err := n.Text()
		if err != nil {
			return err
		}
		return own.UnmarshalText([]byte(text))
	}
	return d.kind(n, v, r)
}

// inParts says whether n is to be read as the parts of a type that can also
// read text.
func (d *decoder) inParts(n Node, t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		p, err := d.plan(t)
		return n.Kind() != Single && err == nil && len(p.fields) > 0
	case reflect.Slice:
		return n.Kind() != Single && t.Elem().Kind() != reflect.Uint8
	case reflect.Map:
		return n.Kind() != Single
	}
	return false
}

func (d *decoder) kind(n Node, v reflect.Value, r rules) error {
	switch v.Kind() {
	case reflect.Pointer:
		return d.pointer(n, v, r)
	case reflect.Struct:
		return d.structure(n, v)
	case reflect.Slice:
		return d.slice(n, v, r)
	case reflect.Map:
		return d.mapping(n, v, r)
	}
	text, err := n.Text()
	if err != nil {
		return err
	}
	return scalar(text, v, r)
}

func (d *decoder) pointer(n Node, v reflect.Value, r rules) error {
	if n.Kind() == Null {
		v.SetZero()
		return nil
	}
	to := reflect.New(v.Type().Elem())
	if err := d.value(n, to.Elem(), r); err != nil {
		return err
	}
	v.Set(to)
	return nil
}

func (d *decoder) mapping(n Node, v reflect.Value, r rules) error {
	t := v.Type()
	if k := n.Kind(); k != Map && k != Null {
		return fmt.Errorf("got %s, want a map", n.got())
	}
	out := reflect.MakeMap(t)
	var errs []error
	for _, pair := range n.Pairs() {
		key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		err := Join(d.value(pair.Key, key, rules{}), d.value(pair.Value, value, r))
		if err == nil && out.MapIndex(key).IsValid() {
			err = pair.Key.Err("key %q means the same as another", pair.Key.n.Value)
		}
		if errs = append(errs, err); err == nil {
			out.SetMapIndex(key, value)
		}
	}
	v.Set(out)
	return Join(errs...)
}

func (d *decoder) slice(n Node, v reflect.Value, r rules) error {
	items, err := d.items(n, v, r)
	if err != nil {
		return err
	}
	out := reflect.MakeSlice(v.Type(), len(items), len(items))
	var errs []error
	for i, item := range items {
		errs = append(errs, item(out.Index(i)))
	}
	v.Set(out)
	return Join(errs...)
}

// items gives for each element of the slice v a function that sets it.
func (d *decoder) items(n Node, v reflect.Value, r rules) ([]func(reflect.Value) error, error) {
	if p, err := d.keyed(v.Type().Elem()); err != nil {
		return nil, err
	} else if p != nil {
		return d.pairs(n, p)
	}
	nodes := []Node{n}
	switch n.Kind() {
	case Null:
		return nil, errors.New("nothing is written here, write [] for an empty list")
	case List:
		nodes = n.Items()
	case Single:
		if split, ok := v.Addr().Interface().(Splitter); r.fields || ok && split.SplitFields() {
			var err error
			if nodes, err = n.Fields(); err != nil {
				return nil, err
			}
		}
	}
	out := make([]func(reflect.Value) error, len(nodes))
	for i, node := range nodes {
		out[i] = func(elem reflect.Value) error { return d.value(node, elem, r) }
	}
	return out, nil
}

// unmarshalYAML lets a type of the YAML library's kind read itself.
func unmarshalYAML(n Node, into yaml.Unmarshaler) error {
	y := n.n
	if y == nil {
		y = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	}
	err := into.UnmarshalYAML(y)
	var many *yaml.TypeError
	if !errors.As(err, &many) {
		return err
	}
	var errs []error
	for _, text := range many.Errors {
		errs = append(errs, n.Err("%s", libraryPlace.ReplaceAllString(text, "")))
	}
	return Join(errs...)
}

// libraryPlace is the line that the YAML library puts before some errors. It
// has no column and, in syntax errors, often is the wrong one.
var libraryPlace = regexp.MustCompile(`^line \d+: `)
