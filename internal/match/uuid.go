package match

import (
	"reflect"
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/stage6/stage6/ident"
)

// UUID declares a UUID, which equals a text in either byte order: one machine's
// firmware and boot loader write the same one differently. The zero UUID is
// none, and equals "".
func (f *Facts[T]) UUID(name, doc string, get func(T) ident.UUID) {
	info := f.info(name, "UUID", doc)
	f.add(info, &uuidFact[T]{info: info, get: get})
}

// uuidFact is the UUID's text in its own byte order, or "" for none, to the
// machine.
type uuidFact[T any] struct {
	info Info
	get  func(T) ident.UUID
}

func (f *uuidFact[T]) describe() Info       { return f.info }
func (f *uuidFact[T]) goType() reflect.Type { return reflect.TypeFor[string]() }
func (f *uuidFact[T]) read(v T) any         { return uuidText(f.get(v)) }

func uuidText(u ident.UUID) string {
	if u == (ident.UUID{}) {
		return ""
	}
	return u.String()
}

func (f *uuidFact[T]) test(subject ast.Node, op operator, with []constant) (form[T], error) {
	if op.name != "==" && op.name != "in" {
		return form[T]{}, refused(f.info, op, "write ==, != or in")
	}
	op.name = "=="
	wanted, err := f.wanted(with)
	if err != nil {
		return form[T]{}, err
	}
	var texts []constant
	for i, u := range wanted {
		texts = append(texts, constant{uuidText(u), with[i/2].node})
	}
	get := f.get
	return form[T]{
		node: compareNode(subject, op, texts),
		eval: func(v T) bool { return slices.Contains(wanted, get(v)) },
	}, nil
}

// wanted gives both byte orders of each constant.
func (f *uuidFact[T]) wanted(with []constant) (out []ident.UUID, err error) {
	texts, err := stringsOf(f.info, with)
	if err != nil {
		return nil, err
	}
	for i, text := range texts {
		var u ident.UUID
		if text != "" {
			err = u.UnmarshalText([]byte(text))
		}
		if err != nil {
			return nil, faultf(with[i].node, "%s: %v", f.info.Name, err)
		}
		out = append(out, u, u.Swapped())
	}
	return out, nil
}
