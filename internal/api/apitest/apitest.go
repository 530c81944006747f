// Package apitest holds what the tests of the HTTP interface share: each answer
// that a test provokes is compared with the OpenAPI document.
package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// Document reads the document that a handler serves, and fails the test unless
// it is one.
func Document(t testing.TB, h http.Handler) *openapi3.T {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/openapi.json", nil))
	d, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes())
	if err == nil {
		err = d.Validate(t.Context())
	}
	if err != nil {
		t.Fatalf("the OpenAPI document: %v", err)
	}
	return d
}

// Checked passes requests on to a handler that serves its document itself, and
// fails the test where an answer is not as the document says.
func Checked(t testing.TB, h http.Handler) http.Handler {
	t.Helper()
	return CheckedAs(t, h, h)
}

// CheckedAs is Checked for a handler of the same operations as one that serves
// the document.
func CheckedAs(t testing.TB, documented, h http.Handler) http.Handler {
	t.Helper()
	mux := http.NewServeMux()
	for path, item := range Document(t, documented).Paths.Map() {
		for method, operation := range item.Operations() {
			mux.Handle(method+" "+toTheEnd(path), check(t, operation, h))
		}
	}
	mux.Handle("/", h)
	return mux
}

// toTheEnd lets the last parameter of a path have slashes.
func toTheEnd(path string) string {
	if rest, ok := strings.CutSuffix(path, "}"); ok {
		return rest + "...}"
	}
	return path
}

// check compares the answers of a handler with what an operation says.
func check(t testing.TB, o *openapi3.Operation, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		copied := &copier{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(copied, r)
		if err := compare(o, copied); err != nil {
			t.Errorf("%s %s answers %d %s, which is not as the document says: %v", r.Method, r.URL, copied.status, copied.body.Bytes(), err)
		}
	})
}

// compare says how an answer is not as the operation says.
func compare(o *openapi3.Operation, got *copier) error {
	said := o.Responses.Value(strconv.Itoa(got.status))
	if said == nil {
		return fmt.Errorf("it has no status %d", got.status)
	}
	media, _, err := mime.ParseMediaType(got.Header().Get("Content-Type"))
	if err != nil {
		return err
	}
	as := said.Value.Content[media]
	switch {
	case as == nil:
		return fmt.Errorf("it has no %s", media)
	case as.Schema == nil:
		return nil
	}
	var value any
	if err := json.Unmarshal(got.body.Bytes(), &value); err != nil {
		return err
	}
	return as.Schema.Value.VisitJSON(value, openapi3.EnableJSONSchema2020())
}

// copier keeps what is answered.
type copier struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// Unwrap lets http.ResponseController find what it looks for.
func (c *copier) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// WriteHeader keeps the status.
func (c *copier) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

// Write keeps the body.
func (c *copier) Write(b []byte) (int, error) {
	c.body.Write(b)
	return c.ResponseWriter.Write(b)
}
