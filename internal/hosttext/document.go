package hosttext

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/internal/strict"
)

// Document is a host as programs write it over the API: what package api calls
// HostSpec, and what the server tells of a host beside, which does not count.
type Document struct {
	Name    string // empty: it is not said
	Version *uint64
	State   *host.State     // nil: it is not said
	Options json.RawMessage // as they are written; nil: none
	entry   Entry
}

// Host gives the host as the registry has it.
func (d *Document) Host(name, source string) *host.Host {
	h := d.entry.Host()
	h.Name, h.Source = name, source
	if d.State != nil {
		h.State = *d.State
	}
	return &h
}

// spec is the fields of a document.
type spec struct {
	Name       *name
	Version    *uint64
	State      *host.State
	Hostname   *hostname
	Tags       list[tag]
	UUIDs      list[placed[ident.UUID]] `yaml:"uuids"`
	Interfaces list[face]
	Options    options

	// What the server tells and nobody writes.
	StateSet      strict.Node `yaml:"state_set"`
	StateInSource strict.Node `yaml:"state_in_source"`
	Pinned        strict.Node `config:"unlisted"`
	Source        strict.Node `config:"unlisted"`
	Aside         strict.Node `config:"unlisted"`
	Warnings      strict.Node `config:"unlisted"`
}

// list is a list, which is empty where null is written.
type list[T any] []T

// DecodeNode reads the list.
func (l *list[T]) DecodeNode(n strict.Node) error {
	if n.Kind() == strict.Null {
		return nil
	}
	return strict.Decode(n, (*[]T)(l))
}

// options are those of a document, which may have none.
type options struct{ optiontext.Values }

// DecodeNode reads them.
func (o *options) DecodeNode(n strict.Node) error {
	if n.Kind() == strict.Null || n.Kind() == strict.Map && len(n.Pairs()) == 0 {
		return nil
	}
	return strict.Decode(n, &o.Values)
}

// face is an interface of a document.
type face struct {
	Name      *name
	MACs      list[placed[ident.MAC]] `yaml:"macs"`
	Clients   list[apiClient]
	Ports     list[placed[ident.Port]]
	Addresses list[placed[address]]
	Prefixes  list[placed[prefix]]
}

// apiClient is a DUID, of which with an IAID one identity association counts.
type apiClient struct {
	DUID placed[ident.DUID] `config:"required"`
	IAID *uint32
}

// ParseDocument reads a document, in JSON. what is what errors call it.
func ParseDocument(what string, text []byte) (*Document, error) {
	var flat bytes.Buffer
	if err := json.Unmarshal(text, new(json.RawMessage)); err != nil {
		return nil, notJSON(what, text, err)
	}
	if err := json.Compact(&flat, text); err != nil { // since YAML refuses tabs before a line
		return nil, err
	}
	n, err := strict.Parse(what, flat.Bytes())
	if err != nil {
		return nil, unplaced(what, err)
	}
	if n.Kind() != strict.Map {
		return nil, fmt.Errorf(`%s: got %s, want a host such as {"interfaces": [{"macs": ["52:54:00:aa:bb:01"], "addresses": ["2001:db8:10::101"]}]}`, what, n.Kind())
	}
	var s spec
	if err := strict.Decode(n, &s); err != nil {
		return nil, unplaced(what, err)
	}
	d := &Document{Version: s.Version, State: s.State, entry: s.entry()}
	if s.Name != nil {
		d.Name = string(*s.Name)
	}
	if err := errors.Join(s.checkNames(), d.entry.Validate()); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var raw struct {
		Options json.RawMessage `json:"options"`
	}
	if len(s.Options.Values) > 0 {
		err = json.Unmarshal(flat.Bytes(), &raw)
		d.Options = raw.Options
	}
	return d, err
}

// notJSON says where a text is no JSON.
func notJSON(what string, text []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) || len(bytes.TrimSpace(text)) == 0 {
		return fmt.Errorf("%s: empty, want a host in JSON", what)
	}
	before := text[:min(int(syntax.Offset), len(text))]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Errorf("%s: line %d, octet %d is no JSON: %w", what, line, len(before)-bytes.LastIndexByte(before, '\n')-1, err)
}

// unplaced takes the places out of errors, which are not those of the text that
// somebody wrote.
func unplaced(what string, err error) error {
	var all strict.Errors
	var one *strict.Error
	if errors.As(err, &one) && !errors.As(err, &all) {
		all = strict.Errors{one}
	}
	out := make(strict.Errors, 0, len(all))
	for _, e := range all {
		out = append(out, &strict.Error{File: what, Key: e.Key, Err: e.Err})
	}
	if len(out) == 0 {
		return err
	}
	return out
}

// entry gives what is written in the form of the files.
func (s *spec) entry() Entry {
	e := Entry{Tags: s.Tags, Options: s.Options.Values, UUID: s.UUIDs}
	if s.Hostname != nil {
		e.Hostname = *s.Hostname
	}
	for i := range s.Interfaces {
		e.Interfaces = append(e.Interfaces, s.Interfaces[i].iface())
	}
	if len(e.Interfaces) == 1 && e.Interfaces[0].Name.value == "" {
		f := e.Interfaces[0]
		e.single, e.DUID, e.Client, e.Interfaces = f.single, f.DUID, f.Client, nil
	}
	return e
}

func (f *face) iface() iface {
	out := iface{single: single{MAC: f.MACs, Port: f.Ports, Address: f.Addresses, Prefix: f.Prefixes}}
	if f.Name != nil {
		out.Name.value = *f.Name
	}
	for _, c := range f.Clients {
		if c.IAID == nil {
			out.DUID = append(out.DUID, c.DUID)
			continue
		}
		out.Client = append(out.Client, placed[client]{value: client{DUID: c.DUID.value, IAID: *c.IAID}})
	}
	return out
}

// checkNames wants names of several interfaces that differ.
func (s *spec) checkNames() error {
	if len(s.Interfaces) < 2 {
		return nil
	}
	seen := map[name]bool{}
	for i := range s.Interfaces {
		n := s.Interfaces[i].Name
		if n == nil || *n == "" {
			return fmt.Errorf("interface %d of %d has no name: several interfaces have names that differ, such as eth0", i+1, len(s.Interfaces))
		}
		if seen[*n] {
			return fmt.Errorf("name %q is that of two interfaces", *n)
		}
		seen[*n] = true
	}
	return nil
}
