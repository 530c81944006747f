package strict

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// plan is how a struct type is written.
type plan struct {
	fields     []field
	names      []string
	key, value *field
}

type field struct {
	name  string
	index []int
	rules rules
}

// rules are what the tag config of a field says.
type rules struct {
	required, fields, key, value, unlisted bool
	min, max                               string
}

// plan gives the plan of the struct type t. An error is a mistake in its tags.
func (d *decoder) plan(t reflect.Type) (*plan, error) {
	if p := d.plans[t]; p != nil {
		return p, nil
	}
	p := &plan{}
	if err := p.add(t, nil); err != nil {
		return nil, err
	}
	d.plans[t] = p
	return p, nil
}

// add appends the fields of t, which is at index in the planned type.
func (p *plan) add(t reflect.Type, index []int) error {
	for i := range t.NumField() {
		f := t.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		at := append(slices.Clone(index), i)
		switch {
		case option == "inline" && f.Type.Kind() == reflect.Struct && (f.IsExported() || f.Anonymous):
			if err := p.add(f.Type, at); err != nil {
				return err
			}
			continue
		case !f.IsExported() || name == "-":
			continue
		case option != "" && option != "omitempty" && option != "flow":
			return fmt.Errorf("strict: %s.%s: yaml tag option %q, want rules in the tag config", t, f.Name, option)
		case name == "":
			name = strings.ToLower(f.Name)
		}
		r, err := parseRules(f.Tag.Get("config"))
		if err != nil {
			return fmt.Errorf("strict: %s.%s: %w", t, f.Name, err)
		}
		p.put(&field{name: name, index: at, rules: r})
	}
	return nil
}

func (p *plan) put(f *field) {
	switch {
	case f.rules.key:
		p.key = f
	case f.rules.value:
		p.value = f
	default:
		p.fields = append(p.fields, *f)
		if !f.rules.unlisted {
			p.names = append(p.names, f.name)
		}
	}
}

func parseRules(tag string) (rules, error) {
	var r rules
	if tag == "" {
		return r, nil
	}
	for rule := range strings.SplitSeq(tag, ",") {
		name, arg, _ := strings.Cut(rule, "=")
		switch name {
		case "required":
			r.required = true
		case "fields":
			r.fields = true
		case "key":
			r.key = true
		case "value":
			r.value = true
		case "unlisted":
			r.unlisted = true
		case "min":
			r.min = arg
		case "max":
			r.max = arg
		default:
			return r, fmt.Errorf("config tag rule %q is unknown", rule)
		}
	}
	return r, nil
}

func (p *plan) field(name string) *field {
	for i := range p.fields {
		if p.fields[i].name == name {
			return &p.fields[i]
		}
	}
	return nil
}

func (d *decoder) structure(n Node, v reflect.Value) error {
	p, err := d.plan(v.Type())
	if err != nil {
		return err
	}
	if k := n.Kind(); k != Map && k != Null {
		return fmt.Errorf("got %s, want a map with the keys %s", n.got(), strings.Join(p.names, ", "))
	}
	var errs []error
	given := map[string]bool{}
	for _, pair := range n.Pairs() {
		name := pair.Key.n.Value
		given[name] = true
		f := p.field(name)
		if f == nil {
			errs = append(errs, pair.Key.Wrap(Unknown("key", name, p.names)))
			continue
		}
		errs = append(errs, d.value(pair.Value, v.FieldByIndex(f.index), f.rules))
	}
	for _, f := range p.fields {
		if f.rules.required && !given[f.name] {
			errs = append(errs, n.Err("key %q is missing", f.name))
		}
	}
	return Join(errs...)
}

// keyed gives the plan of t if t is a struct with a key field, else nil.
func (d *decoder) keyed(t reflect.Type) (*plan, error) {
	if t.Kind() != reflect.Struct {
		return nil, nil
	}
	p, err := d.plan(t)
	if err != nil || p.key == nil {
		return nil, err
	}
	return p, nil
}

// pairs gives for each pair of a map a function that sets the slice element
// that it is written for.
func (d *decoder) pairs(n Node, p *plan) ([]func(reflect.Value) error, error) {
	if k := n.Kind(); k != Map && k != Null {
		return nil, fmt.Errorf("got %s, want a map", n.got())
	}
	var out []func(reflect.Value) error
	for _, pair := range n.Pairs() {
		out = append(out, func(elem reflect.Value) error { return d.pair(pair, elem, p) })
	}
	return out, nil
}

// pair sets a struct with a key field, or with a key and a value field.
func (d *decoder) pair(pair Pair, elem reflect.Value, p *plan) error {
	if err := d.value(pair.Key, elem.FieldByIndex(p.key.index), p.key.rules); err != nil {
		return err
	}
	if p.value == nil {
		return d.value(pair.Value, elem, rules{})
	}
	if err := d.value(pair.Value, elem.FieldByIndex(p.value.index), p.value.rules); err != nil {
		return err
	}
	if check, ok := elem.Addr().Interface().(Validator); ok {
		return pair.Value.Wrap(check.Validate())
	}
	return nil
}
