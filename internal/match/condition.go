package match

import (
	"reflect"

	"github.com/expr-lang/expr/ast"
)

type boolFact[T any] struct {
	info Info
	get  func(T) bool
}

func (f *boolFact[T]) describe() Info       { return f.info }
func (f *boolFact[T]) goType() reflect.Type { return reflect.TypeFor[bool]() }
func (f *boolFact[T]) read(v T) any         { return f.get(v) }

func (f *boolFact[T]) test(subject ast.Node, op operator, with []constant) (form[T], error) {
	want, ok := with[0].value.(bool)
	if !ok || op.name != "==" {
		return form[T]{}, faultf(op.node, "%s is true or false: write %s or not %s", f.info.Name, f.info.Name, f.info.Name)
	}
	out := form[T]{node: subject, eval: f.get}
	if !want {
		out = negated(op.node, out)
	}
	return out, nil
}

// setFact reads as the function that says what is in the set.
type setFact[T any] struct {
	info Info
	has  func(T, string) bool
}

func (f *setFact[T]) describe() Info       { return f.info }
func (f *setFact[T]) goType() reflect.Type { return reflect.TypeFor[func(string) bool]() }
func (f *setFact[T]) read(v T) any         { return func(word string) bool { return f.has(v, word) } }

func (f *setFact[T]) test(_ ast.Node, op operator, _ []constant) (form[T], error) {
	return form[T]{}, f.misused(op.node)
}

func (f *setFact[T]) misused(at ast.Node) error {
	return faultf(at, `%s is a set: write %s.name, or %s["any-name"]`, f.info.Name, f.info.Name, f.info.Name)
}

// word is the condition that a word is in the set.
func (f *setFact[T]) word(word string) *boolFact[T] {
	has := f.has
	name := f.info.Name + "." + word
	return &boolFact[T]{info: Info{Name: name}, get: func(v T) bool { return has(v, word) }}
}
