package match

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

// Error is an error at a place of an expression.
type Error struct {
	Line   int // from 1
	Column int // from 1, in characters
	Msg    string
}

// Error gives line:column: message.
func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Msg) }

// fault is an error at a node.
type fault struct {
	at  ast.Node
	msg string
}

func (f *fault) Error() string { return f.msg }

func faultf(at ast.Node, format string, args ...any) error {
	return &fault{at: at, msg: fmt.Sprintf(format, args...)}
}

// placed makes an *Error of an error of ours or of expr's.
func placed(src string, err error) error {
	var ours *fault
	var theirs *file.Error
	switch {
	case errors.As(err, &ours):
		return at(src, ours.at.Location().From, ours.msg)
	case errors.As(err, &theirs):
		return at(src, theirs.From, tidy(theirs.Message))
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return at(src, 0, tidy(first))
}

// at makes the error at a character of src, counted from 0.
func at(src string, character int, msg string) *Error {
	e := &Error{Line: 1, Column: 1, Msg: msg}
	for _, r := range src {
		if character == 0 {
			break
		}
		character--
		e.Column++
		if r == '\n' {
			e.Line, e.Column = e.Line+1, 1
		}
	}
	return e
}

// tidy says in an operator's words what expr says in Go's.
func tidy(msg string) string {
	if rest, ok := strings.CutPrefix(msg, "unexpected token "); ok {
		return unexpected(rest)
	}
	switch {
	case msg == "literal not terminated":
		return "a text has no closing quote"
	case strings.Contains(msg, "exceeds maximum allowed nodes"):
		return fmt.Sprintf("the expression has more than %d parts", maxNodes)
	}
	if got, ok := strings.CutPrefix(msg, "expected bool, but got "); ok {
		return "the expression gives " + article(words(got)) + ", want true or false"
	}
	return words(strings.TrimSpace(msg))
}

// unexpected reads expr's description of a token, such as Operator("=").
func unexpected(token string) string {
	_, text, ok := strings.Cut(token, "(")
	text = strings.TrimSuffix(text, ")")
	switch {
	case token == "EOF":
		return "the expression ends too early"
	case text == `"="`:
		return `unexpected "=", write == to compare`
	case ok:
		return "unexpected " + text
	}
	return "unexpected " + token
}

func words(msg string) string {
	return strings.NewReplacer(
		"[]string", "list of strings", "[]int", "list of integers", "[]interface {}", "list", "int", "integer",
	).Replace(msg)
}
