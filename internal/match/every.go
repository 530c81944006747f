package match

import (
	"github.com/expr-lang/expr/ast"
)

// everyFact is a field of all elements of a list of records: a comparison with
// constants holds when it holds for any of them.
type everyFact[T any] struct {
	c    *compiler[T]
	info Info
	each []value[T] // of each number from 0 on
	n    *intFact[T]
}

func (f *everyFact[T]) describe() Info { return f.info }

func (c *compiler[T]) every(r *record[T], name *ast.StringNode) (fact[T], error) {
	list := r.info.Name
	out := &everyFact[T]{c: c, n: &intFact[T]{info: Info{Name: "len(" + list + ")", Type: "integer"}, get: r.n}}
	for i := range r.high + 1 {
		f := r.field(i, name.Value)
		if f == nil {
			return nil, r.noField(name, list)
		}
		out.each = append(out.each, f)
	}
	out.info = Info{Name: list + "." + name.Value, Type: out.each[0].describe().Type}
	return out, nil
}

// test compares each element. subject only gives the place.
func (f *everyFact[T]) test(subject ast.Node, op operator, with []constant) (form[T], error) {
	var each []form[T]
	for _, element := range f.each {
		one, err := element.test(f.c.use(subject, element), op, with)
		if err != nil {
			return form[T]{}, err
		}
		each = append(each, one)
	}
	return form[T]{node: f.node(subject, each), eval: f.eval(each)}, nil
}

// bare compiles the field where it is not compared with constants.
func (f *everyFact[T]) bare(at ast.Node) (form[T], error) {
	if !isCondition[T](f) {
		return form[T]{}, faultf(at, "%s is that of every element: compare it with constants on its right, or write such as %s",
			f.info.Name, f.each[0].describe().Name)
	}
	return f.test(at, operator{"==", at}, []constant{{true, at}})
}

// node says for the machine that there is an element for which its form holds.
func (f *everyFact[T]) node(at ast.Node, each []form[T]) (out ast.Node) {
	for i, one := range each {
		there := binaryNode(at, ">", f.c.use(at, f.n), placedAt(at, &ast.IntegerNode{Value: i}))
		holds := binaryNode(at, "and", there, one.node)
		if out == nil {
			out = holds
			continue
		}
		out = binaryNode(at, "or", out, holds)
	}
	return out
}

func (f *everyFact[T]) eval(each []form[T]) func(T) bool {
	evals := make([]func(T) bool, len(each))
	for i, one := range each {
		if one.eval == nil {
			return nil
		}
		evals[i] = one.eval
	}
	n := f.n.get
	return func(v T) bool {
		for i := range min(n(v), len(evals)) {
			if evals[i](v) {
				return true
			}
		}
		return false
	}
}

// isCondition says whether a fact is true or false by itself.
func isCondition[T any](f fact[T]) bool {
	switch f := f.(type) {
	case *boolFact[T]:
		return true
	case *everyFact[T]:
		return isCondition[T](f.each[0])
	}
	return false
}

// isAddr says whether a fact can be in a prefix.
func isAddr[T any](f fact[T]) bool {
	switch f := f.(type) {
	case *addrFact[T]:
		return true
	case *everyFact[T]:
		return isAddr[T](f.each[0])
	}
	return false
}
