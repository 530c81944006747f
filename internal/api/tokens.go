package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/ident"
)

// Tokens is what installers ask. That a token does not count is a
// *ForbiddenError, which says why.
type Tokens interface {
	// VerifyToken tells whom a token stands for. It does not use it up.
	VerifyToken(text string) (api.Token, error)
	// UseToken says that the host of a token is installed, pins the DUID of its
	// system unless that is empty, and uses the token up: all durably or, on
	// error, nothing. The same said again is no error.
	UseToken(ctx context.Context, text string, duid ident.DUID) (api.Installation, error)
}

// NewTokenHandler makes the handler for those who are known by a one-time token
// at most: installers, and the servers that they show their tokens to. It is
// what may be reachable from other machines without TLS.
func NewTokenHandler(b Backend) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes(b, http.NotFoundHandler()) {
		if r.access <= installer && !r.page {
			mux.Handle(r.pattern(), as(installer, r.answers()))
		}
	}
	mux.Handle("/", endpoint(func(r *http.Request) (any, error) {
		return nil, &api.ForbiddenError{Err: fmt.Errorf("%s %s: only POST /v1/tokens/verify and POST /v1/installed with a token, GET /v1/health and GET /v1/ready are served over TCP without TLS, never anything unauthenticated: ask on the server's machine, over its unix socket, or at an https:// endpoint with an API token", r.Method, r.URL.Path)}
	}))
	return sameOrigin(mux)
}

// tokenRoutes gives the operations that take a one-time token.
func tokenRoutes(t Tokens) []route {
	return []route{{
		method: "POST", path: "/v1/tokens/verify", access: installer,
		summary: "Say for which machine a one-time token stands, without using it up",
		params:  []param{{"token", "the token, which may be in the body or in the header Authorization instead", nil}},
		body:    said{},
		answer:  api.Token{},
		fails:   []int{http.StatusForbidden, http.StatusTooManyRequests},
		serve: func(r *http.Request) (any, error) {
			said, err := readSaid(r)
			if err != nil {
				return nil, err
			}
			return t.VerifyToken(said.Token)
		},
	}, {
		method: "POST", path: "/v1/installed", access: installer,
		summary: "Say with its one-time token that a machine is installed, durably, and use the token up",
		params: []param{
			{"token", "the token, which may be in the body or in the header Authorization instead", nil},
			{"duid", "of the installed system, to be pinned, in hexadecimal", nil},
		},
		body:   said{},
		answer: api.Installation{},
		fails:  []int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests},
		serve: func(r *http.Request) (any, error) {
			said, err := readSaid(r)
			if err != nil {
				return nil, err
			}
			return t.UseToken(r.Context(), said.Token, said.DUID)
		},
	}}
}

// said is what a request with a token says.
type said struct {
	Token string     `json:"token"`
	DUID  ident.DUID `json:"duid,omitempty"`
}

// maxSaid is how many octets the body of such a request may have.
const maxSaid = 4096

// readSaid reads a token, and perhaps a DUID, from the body, which is JSON or a
// form whatever its type says, since curl -d says form, from the parameters, or
// from the header Authorization.
func readSaid(r *http.Request) (s said, err error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxSaid+1))
	switch {
	case err != nil:
		return s, &api.BadRequestError{Err: fmt.Errorf("body: %w", err)}
	case len(body) > maxSaid:
		return s, &api.BadRequestError{Err: fmt.Errorf("body: longer than %d octets", maxSaid)}
	}
	if body = bytes.TrimSpace(body); bytes.HasPrefix(body, []byte("{")) {
		err = s.readJSON(body)
	} else {
		err = s.readForm(r, string(body))
	}
	if err == nil {
		err = s.readHeader(r.Header)
	}
	if err == nil && s.Token == "" {
		err = errors.New(`no token: want token=TOKEN, {"token": "TOKEN"} or the header Authorization: Bearer TOKEN`)
	}
	if err != nil {
		return s, &api.BadRequestError{Err: err}
	}
	return s, nil
}

func (s *said) readJSON(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return fmt.Errorf(`body: %w: want {"token": "TOKEN", "duid": "00:04:..."}, the DUID only to pin it`, err)
	}
	return nil
}

// readForm reads the body as a form, and the parameters.
func (s *said) readForm(r *http.Request, body string) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		return errors.New("body: a form in parts: want token=TOKEN, as curl -d sends it")
	}
	form, err := url.ParseQuery(body)
	if err != nil {
		return errors.New("body: neither JSON nor a form: want token=TOKEN")
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return errors.New("the parameters cannot be read: want token=TOKEN")
	}
	for _, values := range []url.Values{form, query} {
		if err := s.readValues(values); err != nil {
			return err
		}
	}
	return nil
}

func (s *said) readValues(values url.Values) (err error) {
	for key, all := range values {
		value := strings.TrimSpace(all[0])
		switch {
		case len(all) > 1:
			return fmt.Errorf("%q is there %d times", key, len(all))
		case key == "token":
			err = s.setToken(value)
		case key == "duid" && value != "":
			s.DUID, err = ident.ParseDUID(value)
		case key != "duid":
			err = fmt.Errorf("unknown parameter %q: want token and, to pin it, duid", key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readHeader reads the header Authorization, if there is one.
func (s *said) readHeader(h http.Header) error {
	token, err := bearer(h)
	if err != nil || token == "" {
		return err
	}
	return s.setToken(token)
}

func (s *said) setToken(token string) error {
	if s.Token != "" && s.Token != token {
		return errors.New("two tokens that differ: want one")
	}
	s.Token = token
	return nil
}
