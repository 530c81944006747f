package api

import (
	"errors"
	"net/http"
	"strings"
)

// ErrNoServer says that no server answers at the address.
var ErrNoServer = errors.New("no server answers")

// BadRequestError says that a request cannot be understood: status 400.
type BadRequestError struct{ Err error }

func (e *BadRequestError) Error() string { return e.Err.Error() }
func (e *BadRequestError) Unwrap() error { return e.Err }

// UnauthorizedError says that the server does not know who asks: status 401.
type UnauthorizedError struct{ Err error }

func (e *UnauthorizedError) Error() string { return e.Err.Error() }
func (e *UnauthorizedError) Unwrap() error { return e.Err }

// ForbiddenError says that whoever asks may not have what was asked for: status
// 403.
type ForbiddenError struct{ Err error }

func (e *ForbiddenError) Error() string { return e.Err.Error() }
func (e *ForbiddenError) Unwrap() error { return e.Err }

// NotFoundError says that what was asked for is not there: status 404.
type NotFoundError struct{ What string }

func (e *NotFoundError) Error() string { return e.What + missing }

// ConflictError says that what was asked for cannot be, since something else is
// in its place: status 409.
type ConflictError struct{ Err error }

func (e *ConflictError) Error() string { return e.Err.Error() }
func (e *ConflictError) Unwrap() error { return e.Err }

// PreconditionError says that what was to be changed is not as whoever asks
// believes it to be, since others have changed it: status 412.
type PreconditionError struct {
	Err     error
	Current *Host // what is there now; nil: nothing, or nobody knows
}

func (e *PreconditionError) Error() string { return e.Err.Error() }
func (e *PreconditionError) Unwrap() error { return e.Err }

// TooManyError says that too much of this kind was asked for lately: status 429.
type TooManyError struct{ Err error }

func (e *TooManyError) Error() string { return e.Err.Error() }
func (e *TooManyError) Unwrap() error { return e.Err }

// BusyError says that too many ask for the same at a time, or that the server
// cannot do it now: status 503.
type BusyError struct{ What string }

func (e *BusyError) Error() string { return e.What + busyAdvice }

const (
	missing    = " not found"
	busyAdvice = ": try again later"
)

// errorOf gives the error that an answer stands for.
func errorOf(status int, p Problem) error {
	text, err := p.Error, errors.New(p.Error)
	switch status {
	case http.StatusBadRequest:
		return &BadRequestError{err}
	case http.StatusUnauthorized:
		return &UnauthorizedError{err}
	case http.StatusForbidden:
		return &ForbiddenError{err}
	case http.StatusNotFound:
		return &NotFoundError{strings.TrimSuffix(text, missing)}
	case http.StatusConflict:
		return &ConflictError{err}
	case http.StatusPreconditionFailed:
		e := &PreconditionError{Err: err}
		if p.Current.Name != "" {
			e.Current = &p.Current
		}
		return e
	case http.StatusTooManyRequests:
		return &TooManyError{err}
	case http.StatusServiceUnavailable:
		return &BusyError{strings.TrimSuffix(text, busyAdvice)}
	}
	return err
}
