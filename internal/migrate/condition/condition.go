// Package condition holds the conditions of other servers on their clients, and
// writes them as match expressions.
package condition

import (
	"fmt"
	"strings"
)

// Expr is a condition: And, Or, Not, Present, Compare, Tag, Is or Literal.
type Expr interface {
	// write appends the match expression. Above is how tightly what is around
	// it binds.
	write(out *strings.Builder, above int) error
}

// The conditions. Those of parts are true if the parts are.
type (
	// And is true if both are.
	And struct{ A, B Expr }
	// Or is true if either is.
	Or struct{ A, B Expr }
	// Not is true if its part is not.
	Not struct{ X Expr }
	// Present is true if the message has the field.
	Present struct{ Field Field }
	// Compare is true if part of a field has these octets; with Unlike, if it
	// has others.
	Compare struct {
		Part   Part
		Value  []byte
		Unlike bool
	}
	// Tag is true if the client has the tag.
	Tag struct{ Name string }
	// Is is a match expression as it is, such as type == "solicit".
	Is struct{ Text string }
	// Literal is always true or always false.
	Literal bool
)

// Part is some octets of a field.
type Part struct {
	Field  Field
	From   int
	Length int // -1: up to the end
}

// Whole gives all of a field.
func Whole(f Field) Part { return Part{Field: f, Length: -1} }

// Unsupported says that a condition cannot be written as a match expression.
type Unsupported struct{ What string }

func (e *Unsupported) Error() string { return e.What + " has no counterpart in match expressions" }

// How tightly the operators bind.
const (
	loose = iota
	inOr
	inAnd
	inNot
)

// maxLength bounds a match expression, in octets.
const maxLength = 16 << 10

// Text gives the match expression of a condition. Its error is an *Unsupported.
func Text(x Expr) (string, error) {
	var out strings.Builder
	if err := x.write(&out, loose); err != nil {
		return "", err
	}
	if out.Len() > maxLength {
		return "", &Unsupported{fmt.Sprintf("a condition of %d octets", out.Len())}
	}
	return out.String(), nil
}

func (x And) write(out *strings.Builder, above int) error {
	if p, ok := x.A.(Present); ok && implies(x.B, p) {
		return x.B.write(out, above)
	}
	return infix(out, x.A, " and ", x.B, inAnd, above)
}

// implies says whether a comparison holds only where the field is there.
func implies(x Expr, p Present) bool {
	c, ok := x.(Compare)
	return ok && !c.Unlike && c.Part.Field == p.Field && len(c.Value) > 0
}

func (x Or) write(out *strings.Builder, above int) error {
	return infix(out, x.A, " or ", x.B, inOr, above)
}

func infix(out *strings.Builder, a Expr, op string, b Expr, own, above int) error {
	if own < above {
		out.WriteByte('(')
		defer out.WriteByte(')')
	}
	if err := a.write(out, own); err != nil {
		return err
	}
	out.WriteString(op)
	return b.write(out, own)
}

func (x Not) write(out *strings.Builder, _ int) error {
	switch inner := x.X.(type) {
	case Not:
		return inner.X.write(out, inNot)
	case Literal:
		return (!inner).write(out, inNot)
	case Tag:
		out.WriteString("not ")
		return inner.write(out, inNot)
	}
	out.WriteString("not (")
	defer out.WriteByte(')')
	return x.X.write(out, loose)
}

func (x Tag) write(out *strings.Builder, _ int) error {
	out.WriteString("tag." + x.Name)
	return nil
}

func (x Is) write(out *strings.Builder, above int) error {
	if above > loose && (strings.Contains(x.Text, " or ") || strings.Contains(x.Text, " and ")) {
		out.WriteString("(" + x.Text + ")")
		return nil
	}
	out.WriteString(x.Text)
	return nil
}

func (x Literal) write(out *strings.Builder, _ int) error {
	fmt.Fprint(out, bool(x))
	return nil
}

func (x Present) write(out *strings.Builder, _ int) error {
	text, err := x.Field.present()
	out.WriteString(text)
	return err
}

func (x Compare) write(out *strings.Builder, _ int) error {
	text, err := x.Part.compare(x.Value, x.Unlike)
	out.WriteString(text)
	return err
}

// TagName makes a name for a tag out of that of a class.
func TagName(class string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		}
		return '_'
	}, class)
	if name == "" || name[0] == '_' || name[0] >= '0' && name[0] <= '9' {
		return "class_" + strings.TrimLeft(name, "_")
	}
	return name
}
