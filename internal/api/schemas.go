package api

import (
	_ "embed"
	"encoding"
	"encoding/json"
	"maps"
	"math/big"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/stage"
)

// schemas makes JSON schemas of Go types. Structs are named, and referred to by
// their names.
type schemas struct {
	known map[reflect.Type]*jsonschema.Schema // what stands for a type wherever it is
	named map[string]reflect.Type
}

func newSchemas() *schemas {
	return &schemas{named: map[string]reflect.Type{}, known: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[json.RawMessage](): {},
		reflect.TypeFor[big.Int]():         {Type: "integer"},
		reflect.TypeFor[netip.Addr]():      {Type: "string", Format: "ipv6"},
		reflect.TypeFor[netip.Prefix]():    {Type: "string", Description: "an IPv6 prefix with its length"},
		reflect.TypeFor[[]byte]():          {Type: "string", ContentEncoding: "base64"},
		reflect.TypeFor[time.Time]():       {Type: "string", Format: "date-time"},
		reflect.TypeFor[host.State]():      {Type: "string", Enum: texts(host.New, host.Locked)},
		reflect.TypeFor[stage.Stage]():     {Type: "string", Enum: texts(stage.Unknown, stage.Final)},
		reflect.TypeFor[event.Kind]():      {Type: "string", Enum: texts(event.Kind(1), event.Kind(event.Kinds-1))},
	}}
}

// texts gives the texts of numbered constants, from the first to the last.
func texts[T interface {
	~uint8
	String() string
}](first, last T) (all []any) {
	for v := first; v <= last; v++ {
		all = append(all, v.String())
	}
	return all
}

// of gives the schema of a value's type.
func (s *schemas) of(value any) *jsonschema.Schema {
	t := typeOf(value)
	s.collect(t)
	made, err := s.make(t)
	if err != nil {
		return &jsonschema.Schema{} // what components tells of, too
	}
	return made
}

// either gives the schema of values of two types; the second can be nil.
func (s *schemas) either(one, other any) *jsonschema.Schema {
	if other == nil {
		return s.of(one)
	}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s.of(one), s.of(other)}}
}

// make gives the schema of a type whose parts are known.
func (s *schemas) make(t reflect.Type) (*jsonschema.Schema, error) {
	made, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: s.known})
	if err == nil {
		relax(made)
	}
	return made, err
}

// relax takes out what Go types do not say: that lists may be null, which none
// is, and that later versions have no more fields.
func relax(s *jsonschema.Schema) {
	if len(s.Types) == 2 && s.Types[0] == "null" {
		s.Type, s.Types = s.Types[1], nil
	}
	if s.Properties != nil {
		s.AdditionalProperties = nil
	}
	for _, p := range s.Properties {
		relax(p)
	}
	for _, inner := range []*jsonschema.Schema{s.Items, s.AdditionalProperties} {
		if inner != nil {
			relax(inner)
		}
	}
}

// collect names the structs in a type.
func (s *schemas) collect(t reflect.Type) {
	if s.known[t] != nil {
		return
	}
	switch {
	case t.Kind() == reflect.Pointer:
		s.collect(t.Elem())
	case !t.Implements(reflect.TypeFor[json.Marshaler]()) && t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		s.known[t] = &jsonschema.Schema{Type: "string"}
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array, t.Kind() == reflect.Map:
		s.collect(t.Elem())
	case t.Kind() == reflect.Struct:
		s.name(t)
	}
}

// name lets a struct be referred to, and collects its parts.
func (s *schemas) name(t reflect.Type) {
	name := upper(t.Name())
	s.known[t] = &jsonschema.Schema{Ref: "#/components/schemas/" + name}
	s.named[name] = t
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous {
			delete(s.known, f.Type) // its fields are those of t
		} else if f.IsExported() {
			s.collect(f.Type)
		}
	}
}

// components gives the schemas of all structs that have a name.
func (s *schemas) components() (map[string]*jsonschema.Schema, error) {
	about, err := comments()
	if err != nil {
		return nil, err
	}
	out := map[string]*jsonschema.Schema{}
	for _, name := range slices.Sorted(maps.Keys(s.named)) {
		t := s.named[name]
		ref := s.known[t]
		delete(s.known, t)
		made, err := s.make(t)
		if err != nil {
			return nil, err
		}
		s.known[t] = ref
		explain(made, t, about)
		out[name] = made
	}
	return out, nil
}

// explain adds the comments of a struct and its fields.
func explain(made *jsonschema.Schema, t reflect.Type, about map[string]string) {
	made.Description = about[t.Name()]
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if p := made.Properties[name]; p != nil && about[t.Name()+"."+f.Name] != "" {
			p.Description = about[t.Name()+"."+f.Name]
		}
	}
}

// commentsJSON has the comments of the types that are sent, and of their fields:
// TestCommentsAreInTheDocument writes it.
//
//go:embed comments.json
var commentsJSON []byte

func comments() (about map[string]string, err error) {
	return about, json.Unmarshal(commentsJSON, &about)
}
