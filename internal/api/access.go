package api

import (
	"context"
	"net/http"
)

// access is what somebody must be to have an operation, and what somebody is.
// Each may what those before it may.
type access uint8

const (
	everybody access = iota
	installer        // has a one-time token, which the operation itself looks at
	reader           // has an API token
	admin            // has an API token of an administrator
	local            // asks over the unix socket
)

// String says for the document who may have an operation.
func (a access) String() string {
	return [...]string{"everybody", "one-time token", "read", "admin", "socket"}[a]
}

// callerKey is where the access of whoever asks is in the context of a request.
type callerKey struct{}

// as serves requests of those who have an access.
func as(a access, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, a)))
	})
}

// accessOf gives what whoever asks may have.
func accessOf(r *http.Request) access {
	a, _ := r.Context().Value(callerKey{}).(access)
	return a
}
