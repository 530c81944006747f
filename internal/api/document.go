package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/stage6/stage6/api"
)

// document describes the interface as OpenAPI 3.1 has it.
type document struct {
	OpenAPI    string                          `json:"openapi"`
	Info       map[string]string               `json:"info"`
	Paths      map[string]map[string]operation `json:"paths"`
	Components components                      `json:"components"`
}

type components struct {
	Schemas         map[string]*jsonschema.Schema `json:"schemas"`
	SecuritySchemes map[string]securityScheme     `json:"securitySchemes"`
}

type securityScheme struct {
	Type        string `json:"type"`
	Scheme      string `json:"scheme"`
	Description string `json:"description"`
}

// operation is one method of a path.
type operation struct {
	ID         string                `json:"operationId"`
	Summary    string                `json:"summary"`
	Access     string                `json:"x-stage6-access"`
	Parameters []parameter           `json:"parameters,omitempty"`
	Body       *content              `json:"requestBody,omitempty"`
	Responses  map[string]content    `json:"responses"`
	Security   []map[string][]string `json:"security"`
}

type parameter struct {
	Name        string             `json:"name"`
	In          string             `json:"in"`
	Description string             `json:"description,omitempty"`
	Required    bool               `json:"required,omitempty"`
	Schema      *jsonschema.Schema `json:"schema"`
}

// content is a body or an answer, by media types.
type content struct {
	Description string               `json:"description"`
	Content     map[string]mediaType `json:"content,omitempty"`
}

type mediaType struct {
	Schema *jsonschema.Schema `json:"schema,omitempty"`
}

const (
	jsonMedia  = "application/json"
	apiToken   = "apiToken"
	bootToken  = "oneTimeToken"
	aboutPaths = "HTTP with JSON over a unix socket, where everything may be asked, over TLS with an API token, and, for what is asked with one-time tokens alone, over plain TCP. Unknown parameters and unknown fields of bodies are refused; errors are JSON with the field error. x-stage6-access says who may have an operation: everybody, who has a one-time token, who has an API token (read), who has an API token of an administrator (admin), or who can open the unix socket (socket)."
)

// documentRoute gives the document of all routes, and of itself.
func documentRoute(all []route) route {
	r := route{
		method: "GET", path: "/v1/openapi.json", access: reader,
		summary: "Give this document",
		answer:  map[string]any{},
	}
	text := sync.OnceValues(func() (json.RawMessage, error) { return describe(append(slices.Clip(all), r)) })
	r.serve = func(*http.Request) (any, error) { return text() }
	return r
}

// describe makes the document of routes.
func describe(all []route) (json.RawMessage, error) {
	s := newSchemas()
	d := document{
		OpenAPI: "3.1.0",
		Info:    map[string]string{"title": "stage6", "version": "v1", "description": aboutPaths},
		Paths:   map[string]map[string]operation{},
	}
	for i := range all {
		r := &all[i]
		if r.page {
			continue
		}
		path := r.said()
		if d.Paths[path] == nil {
			d.Paths[path] = map[string]operation{}
		}
		d.Paths[path][strings.ToLower(r.method)] = r.operation(s)
	}
	named, err := s.components()
	if err != nil {
		return nil, err
	}
	d.Components = components{named, map[string]securityScheme{
		apiToken:  {"http", "bearer", "an API token of the endpoint's token file"},
		bootToken: {"http", "bearer", "the one-time token of a machine that is being installed; it may be in the body or a parameter instead"},
	}}
	return json.Marshal(d)
}

// said gives the path as the document has it.
func (r *route) said() string { return strings.ReplaceAll(r.path, "...}", "}") }

// operation describes the route.
func (r *route) operation(s *schemas) operation {
	o := operation{ID: r.id(), Summary: r.summary, Access: r.access.String(), Responses: r.responses(s), Security: r.security()}
	for _, name := range r.inPath() {
		o.Parameters = append(o.Parameters, parameter{Name: name, In: "path", Required: true, Schema: s.of("")})
	}
	for _, p := range r.params {
		o.Parameters = append(o.Parameters, parameter{Name: p.name, In: "query", Description: p.about, Schema: s.of(p.value)})
	}
	for _, h := range r.headers {
		o.Parameters = append(o.Parameters, parameter{Name: h.name, In: "header", Description: h.about, Schema: s.of(h.value)})
	}
	if r.body != nil {
		o.Body = &content{"in JSON", map[string]mediaType{jsonMedia: {s.of(r.body)}}}
	}
	return o
}

// id names the operation for those who make clients of the document, such as
// getHostsByNameToken.
func (r *route) id() string {
	id := strings.ToLower(r.method)
	for part := range strings.FieldsFuncSeq(strings.TrimPrefix(r.said(), "/v1"), func(c rune) bool { return strings.ContainsRune("/-.", c) }) {
		if name := strings.Trim(part, "{}"); name != part {
			id += "By" + upper(name)
		} else {
			id += upper(part)
		}
	}
	return id
}

// upper lets a word begin with a capital letter.
func upper(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// security says what shows who asks. Whoever asks over the unix socket shows
// nothing.
func (r *route) security() []map[string][]string {
	switch r.access {
	case everybody:
		return []map[string][]string{{}, {apiToken: {}}}
	case installer:
		return []map[string][]string{{bootToken: {}}}
	case local:
		return []map[string][]string{}
	}
	return []map[string][]string{{apiToken: {}}}
}

// responses describes the answers of the route.
func (r *route) responses(s *schemas) map[string]content {
	good := content{"what was asked for", map[string]mediaType{}}
	if r.answer != nil {
		good.Content[jsonMedia] = mediaType{s.either(r.answer, r.unknown)}
	}
	if r.media != "" {
		good.Content[r.media] = mediaType{}
	}
	out := map[string]content{"200": good}
	for _, status := range r.errors() {
		out[strconv.Itoa(status)] = content{http.StatusText(status), map[string]mediaType{jsonMedia: {s.of(r.problem(status))}}}
	}
	return out
}

// problem gives a value of the type of an answer that is an error.
func (r *route) problem(status int) any {
	if r.failure != nil && status == http.StatusServiceUnavailable {
		return r.failure
	}
	return api.Problem{}
}

// errors gives the statuses of the errors of the route: its own and those that
// come before it.
func (r *route) errors() []int {
	all := map[int]bool{http.StatusBadRequest: true, http.StatusInternalServerError: true}
	for _, status := range r.fails {
		all[status] = true
	}
	if r.access == admin || r.method != http.MethodGet {
		all[http.StatusForbidden] = true // also a browser, for another site
	}
	if r.access != installer && r.access != local {
		all[http.StatusUnauthorized], all[http.StatusTooManyRequests] = true, true
	}
	return slices.Sorted(maps.Keys(all))
}

// typeOf gives the type of a value; nil stands for a text.
func typeOf(value any) reflect.Type {
	if value == nil {
		return reflect.TypeFor[string]()
	}
	return reflect.TypeOf(value)
}
