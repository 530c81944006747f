package match

import (
	"bytes"
	"reflect"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/stage6/stage6/ident"
)

// octetsFact is lower-case hexadecimal separated by colons to the machine.
type octetsFact[T any] struct {
	info Info
	get  func(T) []byte
}

func (f *octetsFact[T]) describe() Info       { return f.info }
func (f *octetsFact[T]) goType() reflect.Type { return reflect.TypeFor[string]() }
func (f *octetsFact[T]) read(v T) any         { return string(ident.AppendHex(nil, f.get(v))) }

func (f *octetsFact[T]) test(subject ast.Node, op operator, with []constant) (form[T], error) {
	if op.name == "matches" {
		return f.matches(subject, op, with)
	}
	parts, err := f.parse(with)
	if err != nil {
		return form[T]{}, err
	}
	texts := make([]constant, len(parts))
	for i, p := range parts {
		texts[i] = constant{string(ident.AppendHex(nil, p)), with[i].node}
	}
	p, err := newPattern(f.info, op, rawConstants(parts, with))
	if err != nil {
		return form[T]{}, err
	}
	if p.raw == nil {
		return form[T]{}, refused(f.info, op, "write ==, !=, in, startsWith, endsWith, contains or matches")
	}
	get, match := f.get, p.raw
	return form[T]{
		node: compareNode(subject, p.op, texts),
		eval: func(v T) bool { return match(get(v)) },
	}, nil
}

// matches compares the text, which the machine has.
func (f *octetsFact[T]) matches(subject ast.Node, op operator, with []constant) (form[T], error) {
	if _, err := compilePattern(with[0]); err != nil {
		return form[T]{}, err
	}
	return form[T]{node: compareNode(subject, op, with)}, nil
}

func (f *octetsFact[T]) parse(with []constant) ([][]byte, error) {
	texts, err := stringsOf(f.info, with)
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for i, text := range texts {
		raw, err := ident.ParseHex(text)
		if err != nil || half(text) {
			return nil, faultf(with[i].node, "%q: want whole octets in hexadecimal, such as 52:54:00", text)
		}
		out = append(out, raw)
	}
	return out, nil
}

// half says whether an octet of a separated text has one digit, which means
// zero-padded elsewhere but is more likely a cut octet here.
func half(text string) bool {
	fields := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(":- ", r) })
	for _, f := range fields {
		if len(f)%2 != 0 {
			return true
		}
	}
	return false
}

func rawConstants(parts [][]byte, with []constant) []constant {
	out := make([]constant, len(parts))
	for i, p := range parts {
		out[i] = constant{string(bytes.Clone(p)), with[i].node}
	}
	return out
}
