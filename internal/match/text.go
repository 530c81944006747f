package match

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/expr-lang/expr/ast"
)

type textFact[T any] struct {
	info   Info
	get    func(T) string
	values []string // what it can be, or nil for anything
}

func (f *textFact[T]) describe() Info       { return f.info }
func (f *textFact[T]) goType() reflect.Type { return reflect.TypeFor[string]() }
func (f *textFact[T]) read(v T) any         { return f.get(v) }

func (f *textFact[T]) test(subject ast.Node, op operator, with []constant) (form[T], error) {
	if err := f.possible(op, with); err != nil {
		return form[T]{}, err
	}
	p, err := newPattern(f.info, op, with)
	if err != nil {
		return form[T]{}, err
	}
	out := form[T]{node: compareNode(subject, p.op, with)}
	if get, match := f.get, p.str; match != nil {
		out.eval = func(v T) bool { return match(get(v)) }
	}
	return out, nil
}

// possible refuses to compare with what the fact cannot be.
func (f *textFact[T]) possible(op operator, with []constant) error {
	if f.values == nil || op.name != "==" && op.name != "in" {
		return nil
	}
	for _, c := range with {
		s, ok := c.value.(string)
		if ok && s != "" && !slices.Contains(f.values, s) {
			return faultf(c.node, "%s is never %q%s (it is %s)", f.info.Name, s, suggestion(s, f.values), f.info.Type)
		}
	}
	return nil
}

type bytesFact[T any] struct {
	info Info
	get  func(T) []byte
}

func (f *bytesFact[T]) describe() Info       { return f.info }
func (f *bytesFact[T]) goType() reflect.Type { return reflect.TypeFor[string]() }
func (f *bytesFact[T]) read(v T) any         { return string(f.get(v)) }

func (f *bytesFact[T]) test(subject ast.Node, op operator, with []constant) (form[T], error) {
	p, err := newPattern(f.info, op, with)
	if err != nil {
		return form[T]{}, err
	}
	out := form[T]{node: compareNode(subject, p.op, with)}
	if get, match := f.get, p.raw; match != nil {
		out.eval = func(v T) bool { return match(get(v)) }
	}
	return out, nil
}

type textsFact[T any] struct {
	info Info
	n    func(T) int
	at   func(T, int) []byte
}

func (f *textsFact[T]) describe() Info       { return f.info }
func (f *textsFact[T]) goType() reflect.Type { return reflect.TypeFor[[]string]() }
func (f *textsFact[T]) len(v T) int          { return min(f.n(v), maxTexts) }

func (f *textsFact[T]) read(v T) any {
	out := make([]string, f.len(v))
	for i := range out {
		out[i] = string(f.at(v, i))
	}
	return out
}

func (f *textsFact[T]) test(subject ast.Node, op operator, with []constant) (form[T], error) {
	p, err := newPattern(f.info, op, with)
	if err != nil {
		return form[T]{}, err
	}
	if p.raw == nil {
		return form[T]{}, refused(f.info, op, fmt.Sprintf("write any(%s, # %s ...)", f.info.Name, op.name))
	}
	match := p.raw
	return form[T]{node: anyNode(subject, p.op, with), eval: func(v T) bool {
		for i := range f.len(v) {
			if match(f.at(v, i)) {
				return true
			}
		}
		return false
	}}, nil
}
