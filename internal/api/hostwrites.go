package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/stage6/stage6/api"
)

// HostWriter makes, changes and deletes hosts: durably or, on error, not at all.
type HostWriter interface {
	// WriteHost gives the host as it is then. What it claims being another host's,
	// or the host being that of a file, is an *api.ConflictError; a version that is
	// not that of the host an *api.PreconditionError.
	WriteHost(ctx context.Context, w HostWrite) (api.Host, error)
	// DeleteHost gives the host as it was. That it has leases is an
	// *api.ConflictError, but with force.
	DeleteHost(ctx context.Context, name string, m Match, force bool) (api.Host, error)
}

// HostWrite is a host that is written.
type HostWrite struct {
	Name  string // empty: the text has it
	Text  []byte // an api.HostSpec in JSON
	Patch bool   // the text has only what changes (RFC 7396)
	Match Match
}

// Match is what must hold of a host for a change (RFC 9110 section 13).
type Match struct {
	There    bool     // it must be there
	NotThere bool     // it must not be there
	Versions []uint64 // of which it must have one; nil: any
}

// Allows says whether a change may be made of a host with that version; 0: there
// is none.
func (m *Match) Allows(version uint64) bool {
	switch {
	case version == 0:
		return !m.There && m.Versions == nil
	case m.NotThere:
		return false
	}
	return m.Versions == nil || slices.Contains(m.Versions, version)
}

// hostWriteRoutes gives the operations that make, change and delete hosts.
func hostWriteRoutes(b HostWriter) []route {
	fails := []int{http.StatusConflict, http.StatusPreconditionFailed, http.StatusServiceUnavailable}
	withMissing := append([]int{http.StatusNotFound}, fails...)
	match := []param{{"If-Match", "the ETag of what is to be there, several with commas, or * for any", nil}}
	return []route{{
		method: "POST", path: "/v1/hosts", access: admin,
		summary: "Make a host, durably; one of its name that is there is a conflict",
		body:    api.HostSpec{},
		answer:  api.Host{},
		fails:   fails,
		serve:   func(r *http.Request) (any, error) { return postHost(b, r) },
	}, {
		method: "PUT", path: "/v1/hosts/{name}", access: admin,
		summary: "Write a whole host, durably, which may be there or not; If-Match, If-None-Match and version say what must be there",
		headers: append(match, param{"If-None-Match", "*: it must not be there yet", nil}),
		body:    api.HostSpec{},
		answer:  api.Host{},
		fails:   fails,
		serve:   func(r *http.Request) (any, error) { return writeHost(b, r, false) },
	}, {
		method: "PATCH", path: "/v1/hosts/{name}", access: admin,
		summary: "Change parts of a host, durably, by a JSON merge patch (RFC 7396); If-Match and version say what must be there",
		headers: match,
		body:    api.HostSpec{},
		answer:  api.Host{},
		fails:   withMissing,
		serve:   func(r *http.Request) (any, error) { return writeHost(b, r, true) },
	}, {
		method: "DELETE", path: "/v1/hosts/{name}", access: admin,
		summary: "Delete a host, durably, and give it as it was; while it has leases only with force",
		params: []param{
			{"version", "that the host must have, as If-Match says; absent: any", 0},
			{"force", "true: also while it has leases", false},
		},
		headers: match,
		answer:  api.Host{},
		fails:   withMissing,
		serve:   func(r *http.Request) (any, error) { return deleteHost(b, r) },
	}}
}

func postHost(b HostWriter, r *http.Request) (any, error) {
	text, err := readBody(r)
	if err != nil {
		return nil, err
	}
	return b.WriteHost(r.Context(), HostWrite{Text: text, Match: Match{NotThere: true}})
}

func writeHost(b HostWriter, r *http.Request, patch bool) (any, error) {
	m, err := parseMatch(r.Header)
	if err != nil {
		return nil, err
	}
	text, err := readBody(r)
	if err != nil {
		return nil, err
	}
	return b.WriteHost(r.Context(), HostWrite{Name: r.PathValue("name"), Text: text, Patch: patch, Match: m})
}

func deleteHost(b HostWriter, r *http.Request) (any, error) {
	m, err := parseMatch(r.Header)
	if err != nil {
		return nil, err
	}
	v := r.URL.Query()
	if text := v.Get("version"); text != "" {
		version, err := parseVersion(text)
		if err != nil {
			return nil, err
		}
		m.Versions = []uint64{version}
	}
	force := false
	if text := v.Get("force"); text != "" {
		if force, err = strconv.ParseBool(text); err != nil {
			return nil, &api.BadRequestError{Err: fmt.Errorf("force %q: want true or false", text)}
		}
	}
	return b.DeleteHost(r.Context(), r.PathValue("name"), m, force)
}

// readBody reads a body, which is bounded.
func readBody(r *http.Request) ([]byte, error) {
	text, err := io.ReadAll(r.Body)
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return nil, &api.BadRequestError{Err: fmt.Errorf("body: longer than %d octets", long.Limit)}
	case err != nil:
		return nil, &api.BadRequestError{Err: fmt.Errorf("body: %w", err)}
	}
	return text, nil
}

// parseMatch reads what must hold for a change.
func parseMatch(h http.Header) (m Match, err error) {
	if text := h.Get("If-None-Match"); text != "" {
		if text != "*" {
			return m, &api.BadRequestError{Err: fmt.Errorf("header If-None-Match: %q: want *, for a host that is not there yet", text)}
		}
		m.NotThere = true
	}
	text := h.Get("If-Match")
	if text == "" {
		return m, nil
	}
	if text == "*" {
		m.There = true
		return m, nil
	}
	for tag := range strings.SplitSeq(text, ",") {
		version, err := parseVersion(strings.Trim(strings.TrimSpace(tag), `"`))
		if err != nil {
			return m, fmt.Errorf("header If-Match: %w", err)
		}
		m.Versions = append(m.Versions, version)
	}
	return m, nil
}

func parseVersion(text string) (uint64, error) {
	version, err := strconv.ParseUint(text, 10, 64)
	if err != nil || version == 0 {
		return 0, &api.BadRequestError{Err: fmt.Errorf("version %q: want that of a host, such as 7", text)}
	}
	return version, nil
}

// tag sets the header that names the version of a host that is answered, or of
// the one that is in its place.
func tag(h http.Header, value any) {
	host, ok := value.(api.Host)
	if p, is := value.(api.Problem); is {
		host, ok = p.Current, true
	}
	if ok && host.Version != 0 {
		h.Set("ETag", `"`+strconv.FormatUint(host.Version, 10)+`"`)
	}
}

// problemOf gives the answer that is an error.
func problemOf(err error) api.Problem {
	p := api.Problem{Error: err.Error()}
	var stale *api.PreconditionError
	if errors.As(err, &stale) && stale.Current != nil {
		p.Current = *stale.Current
	}
	return p
}
