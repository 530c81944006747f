package match

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/expr-lang/expr/ast"
)

type intFact[T any] struct {
	info Info
	get  func(T) int
}

func (f *intFact[T]) describe() Info       { return f.info }
func (f *intFact[T]) goType() reflect.Type { return reflect.TypeFor[int]() }
func (f *intFact[T]) read(v T) any         { return f.get(v) }

func (f *intFact[T]) test(subject ast.Node, op operator, with []constant) (form[T], error) {
	numbers, err := intsOf(f.info, with)
	if err != nil {
		return form[T]{}, err
	}
	if op.name == "in" {
		op.name = "=="
	}
	out := form[T]{node: compareNode(subject, op, with)}
	get, want := f.get, numbers[0]
	switch op.name {
	case "==":
		out.eval = func(v T) bool { return slices.Contains(numbers, get(v)) }
	case "<":
		out.eval = func(v T) bool { return get(v) < want }
	case "<=":
		out.eval = func(v T) bool { return get(v) <= want }
	case ">":
		out.eval = func(v T) bool { return get(v) > want }
	case ">=":
		out.eval = func(v T) bool { return get(v) >= want }
	default:
		return form[T]{}, refused(f.info, op, "write ==, !=, <, <=, >, >= or in")
	}
	return out, nil
}

type intsFact[T any] struct {
	info  Info
	n     func(T) int
	at    func(T, int) int
	names map[string][]int
}

func (f *intsFact[T]) describe() Info       { return f.info }
func (f *intsFact[T]) goType() reflect.Type { return reflect.TypeFor[[]int]() }
func (f *intsFact[T]) len(v T) int          { return min(f.n(v), maxIntegers) }

func (f *intsFact[T]) read(v T) any {
	out := make([]int, f.len(v))
	for i := range out {
		out[i] = f.at(v, i)
	}
	return out
}

func (f *intsFact[T]) test(subject ast.Node, op operator, with []constant) (form[T], error) {
	if op.name != "==" && op.name != "in" {
		return form[T]{}, refused(f.info, op, fmt.Sprintf("write ==, != or in, or any(%s, # %s ...)", f.info.Name, op.name))
	}
	op.name = "=="
	codes, err := f.codes(with)
	if err != nil {
		return form[T]{}, err
	}
	numbers, err := intsOf(f.info, codes)
	if err != nil {
		return form[T]{}, err
	}
	return form[T]{node: anyNode(subject, op, codes), eval: func(v T) bool {
		for i := range f.len(v) {
			if slices.Contains(numbers, f.at(v, i)) {
				return true
			}
		}
		return false
	}}, nil
}

// codes puts the integers of a name in its place.
func (f *intsFact[T]) codes(with []constant) ([]constant, error) {
	var out []constant
	for _, c := range with {
		name, ok := c.value.(string)
		if !ok || len(f.names) == 0 {
			out = append(out, c)
			continue
		}
		codes := f.names[name]
		if len(codes) == 0 {
			known := slices.Sorted(maps.Keys(f.names))
			return nil, faultf(c.node, "%s has no name %q%s (known: %s)", f.info.Name, name, suggestion(name, known), quoted(known))
		}
		for _, n := range codes {
			out = append(out, constant{n, c.node})
		}
	}
	return out, nil
}
