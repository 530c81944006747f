package strict

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxShown is how many errors the text of Errors shows.
const maxShown = 50

// Error is an error at a place of a file.
type Error struct {
	File   string
	Line   int    // from 1; 0 when File is not a file but a flag or variable
	Column int    // from 1, in characters
	Key    string // the key whose value is wrong, or nothing
	Err    error
}

// Error gives file:line:column: key: error.
func (e *Error) Error() string {
	out := e.place()
	if e.Key != "" {
		out += ": " + e.Key
	}
	return out + ": " + e.Err.Error()
}

// Unwrap gives the error without its place.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) place() string {
	if e.Line == 0 {
		return e.File
	}
	return fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
}

// Errors is everything wrong with a file, in the order of its lines.
type Errors []*Error

// Error gives one line for each error.
func (e Errors) Error() string {
	var out []string
	for i, err := range e {
		if i == maxShown {
			out = append(out, fmt.Sprintf("and %d errors more", len(e)-i))
			break
		}
		out = append(out, err.Error())
	}
	return strings.Join(out, "\n")
}

// Unwrap gives the errors one by one.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, err := range e {
		out[i] = err
	}
	return out
}

// Join makes one error of all that are not nil, or nil if all are. Errors with
// places become Errors, sorted and each once; when one has no place, the
// result is that of errors.Join.
func Join(errs ...error) error {
	var out Errors
	for _, err := range errs {
		switch e := err.(type) {
		case nil:
		case *Error:
			out = append(out, e)
		case Errors:
			out = append(out, e...)
		default:
			return errors.Join(errs...)
		}
	}
	if len(out) == 0 {
		return nil
	}
	slices.SortStableFunc(out, compareErrors)
	return slices.CompactFunc(out, func(a, b *Error) bool { return a.Error() == b.Error() })
}

func compareErrors(a, b *Error) int {
	return cmp.Or(
		strings.Compare(a.File, b.File),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column),
	)
}

// errorf makes an error at a place of s.
func (s *source) errorf(line, column int, format string, args ...any) error {
	return &Error{File: s.file, Line: line, Column: column, Err: fmt.Errorf(format, args...)}
}
