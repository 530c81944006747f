package match

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// record is a list of records. An element by its number is not read when the
// expression is matched but found when it is compiled, so that each of its
// fields is a fact as any other.
type record[T any] struct {
	info      Info
	index     string // what stands for the number in documentation
	low, high int
	fields    func(f *Facts[T], i int)
	n         func(T) int // how many elements there are; nil: name.field is not for this list
}

// Records declares a list of records, whose fields are written name[0].field.
// The number is a constant from low to high; fields declares the fields of one
// number, and is called again whenever an expression asks for one. What they
// read must be empty when there is no such element. index stands for the number
// in documentation.
//
// With n, which says how many elements there are from 0 on, name.field is all
// of them: it is compared as a list is.
func (f *Facts[T]) Records(name, index, doc string, low, high int, fields func(f *Facts[T], i int), n func(T) int) {
	r := &record[T]{info: Info{name, "list", doc}, index: index, low: low, high: high, fields: fields, n: n}
	f.err = errors.Join(f.err, r.at(index, low).err)
	if f.declare(name) {
		if f.records == nil {
			f.records = map[string]*record[T]{}
		}
		f.records[name] = r
	}
}

// at gives the fields of one element.
func (r *record[T]) at(index string, i int) *Facts[T] {
	out := &Facts[T]{inside: r.info.Name + "[" + index + "]."}
	r.fields(out, i)
	return out
}

// field gives a field of one element, or nil.
func (r *record[T]) field(i int, name string) value[T] {
	f := r.at(fmt.Sprint(i), i)
	return f.facts[f.inside+name]
}

// names gives the names of the fields, sorted.
func (r *record[T]) names() []string {
	var out []string
	f := r.at(r.index, r.low)
	for name := range f.facts {
		out = append(out, strings.TrimPrefix(name, f.inside))
	}
	slices.Sort(out)
	return out
}

// example is how a field is asked for.
func (r *record[T]) example() string {
	return fmt.Sprintf("%s[%d].%s", r.info.Name, max(r.low, 0), r.names()[0])
}

func (r *record[T]) misused(at ast.Node) error {
	return faultf(at, "%s is a list: write such as %s", r.info.Name, r.example())
}

// record gives the list of records that n names, if it does.
func (c *compiler[T]) record(n ast.Node) (*record[T], bool) {
	id, ok := n.(*ast.IdentifierNode)
	if !ok {
		return nil, false
	}
	r, ok := c.facts.records[id.Value]
	return r, ok
}

// element gives list and number of: list[5].
func (c *compiler[T]) element(n ast.Node) (r *record[T], i int, err error) {
	m, ok := n.(*ast.MemberNode)
	if !ok {
		return nil, 0, nil
	}
	if r, ok = c.record(m.Node); !ok {
		return nil, 0, nil
	}
	k, ok := constantOf(m.Property)
	i, number := k.value.(int)
	switch {
	case ok && !number && r.n == nil, !ok:
		return r, 0, faultf(m.Property, "%s takes a number in brackets, such as %s", r.info.Name, r.example())
	case !number:
		return nil, 0, nil
	case i < r.low || i > r.high:
		return r, 0, faultf(m.Property, "%s[%d]: want a number from %d to %d", r.info.Name, i, r.low, r.high)
	}
	return r, i, nil
}

// fieldOf gives the fact that n is a field of a record for, or nil if n is
// something else.
func (c *compiler[T]) fieldOf(n ast.Node) (fact[T], error) {
	m, ok := n.(*ast.MemberNode)
	if !ok {
		return nil, nil
	}
	name, isName := m.Property.(*ast.StringNode)
	if r, ok := c.record(m.Node); ok && isName && r.n != nil {
		return c.every(r, name)
	}
	r, i, err := c.element(m.Node)
	if r == nil || err != nil {
		return nil, err
	}
	if !isName {
		return nil, faultf(m.Property, "want a field of %s, such as %s", r.info.Name, r.example())
	}
	if f := r.field(i, name.Value); f != nil {
		return f, nil
	}
	return nil, r.noField(name, fmt.Sprintf("%s[%d]", r.info.Name, i))
}

func (r *record[T]) noField(name *ast.StringNode, of string) error {
	known := r.names()
	return faultf(name, "%s has no %q%s (known: %s)", of, name.Value, suggestion(name.Value, known), strings.Join(known, ", "))
}

// fieldForm compiles n if it is a field of a record.
func (c *compiler[T]) fieldForm(n *ast.MemberNode) (out form[T], found bool, err error) {
	f, err := c.fieldOf(n)
	if f == nil || err != nil {
		return form[T]{}, err != nil, err
	}
	switch f := f.(type) {
	case *everyFact[T]:
		out, err = f.bare(n)
	case *boolFact[T]:
		out = form[T]{node: c.use(n, f), eval: f.get}
	case value[T]:
		out = form[T]{node: c.use(n, f)}
	}
	return out, true, err
}

// use gives the node by which the machine reads a field.
func (c *compiler[T]) use(at ast.Node, f value[T]) ast.Node {
	name := f.describe().Name
	c.fields[name] = f
	c.used[name] = true
	return placedAt(at, &ast.IdentifierNode{Value: name})
}
