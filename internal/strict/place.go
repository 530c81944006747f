package strict

import "fmt"

// Place is where a value is written.
type Place struct {
	File   string
	Line   int    // from 1; 0 when File is not a file but a flag or variable
	Column int    // from 1, in characters
	Key    string // the key that the value is written under, or nothing
}

// String gives file:line:column.
func (p Place) String() string { return p.at(nil).place() }

// Err makes an error at the place.
func (p Place) Err(format string, args ...any) error { return p.at(fmt.Errorf(format, args...)) }

// Wrap gives err the place, unless it has one already. It keeps nil.
func (p Place) Wrap(err error) error {
	switch err.(type) {
	case nil, *Error, Errors:
		return err
	}
	return p.at(err)
}

func (p Place) at(err error) *Error {
	return &Error{File: p.File, Line: p.Line, Column: p.Column, Key: p.Key, Err: err}
}
