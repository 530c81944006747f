package optiontext

import (
	"errors"
	"fmt"
	"strings"

	"github.com/stage6/stage6/internal/strict"
)

// entry is one option as it is written.
type entry struct {
	place strict.Node // of the code
	value strict.Node
	known known
	kind  *kind
}

// readEntries gives the options of a map or of a list of maps.
func readEntries(n strict.Node) (out []entry, err error) {
	nodes := []strict.Node{n}
	switch n.Kind() {
	case strict.List:
		nodes = n.Items()
	case strict.Single:
		return nil, n.Err("got a single value, want a map of options, such as dns_servers: 2001:db8::53")
	}
	var errs []error
	for _, item := range nodes {
		entries, err := readMap(item)
		errs = append(errs, err)
		out = append(out, entries...)
	}
	if err = strict.Join(errs...); err == nil && len(out) == 0 {
		err = n.Err("no option is given, want at least one")
	}
	return out, err
}

func readMap(n strict.Node) (out []entry, err error) {
	switch {
	case n.Kind() == strict.Null:
		return nil, nil
	case n.Kind() != strict.Map:
		return nil, n.Err("got %s, want a map of options, such as dns_servers: 2001:db8::53", n.Kind())
	case n.Get("code").Kind() != strict.Null:
		e, err := readCoded(n)
		return []entry{e}, err
	}
	var errs []error
	for _, pair := range n.Pairs() {
		e, err := readPair(pair)
		errs = append(errs, err)
		out = append(out, e)
	}
	return out, strict.Join(errs...)
}

// readCoded reads {code, type, value}.
func readCoded(n strict.Node) (entry, error) {
	var c struct {
		Code  strict.Node
		Type  strict.Node
		Value strict.Node
	}
	if err := strict.Decode(n, &c); err != nil {
		return entry{}, err
	}
	e := entry{place: c.Code}
	var err error
	if e.known, err = readCode(c.Code); err != nil {
		return e, err
	}
	return e.typed(n, c.Type, c.Value)
}

// readPair reads a code with its value, or with {type, value}.
func readPair(pair strict.Pair) (e entry, err error) {
	e.place = pair.Key
	if e.known, err = readCode(pair.Key); err != nil {
		return e, err
	}
	t, v, typed, err := splitTyped(pair.Value)
	if err != nil {
		return e, err
	}
	if !typed {
		return e.typed(pair.Value, strict.Node{}, pair.Value)
	}
	return e.typed(pair.Value, t, v)
}

// splitTyped takes {type, value} apart, and says whether n is that.
func splitTyped(n strict.Node) (t, v strict.Node, typed bool, err error) {
	var c struct{ Type, Value strict.Node }
	t, v = n.Get("type"), n.Get("value")
	if t.Kind() == strict.Null && v.Kind() == strict.Null {
		return t, v, false, nil
	}
	err = strict.Decode(n, &c)
	return c.Type, c.Value, true, err
}

// typed completes an entry with its kind and value. n is where a missing one
// is told.
func (e entry) typed(n, t, v strict.Node) (entry, error) {
	k, err := e.known.accept(n, t)
	if err != nil {
		return e, err
	}
	if e.kind, e.value = k, v; v.Kind() == strict.Null && !k.mayBeEmpty {
		return e, n.Err("%s: no value is given, want %s", e.known, k.wants)
	}
	return e, nil
}

// accept gives the kind for the type t, or the natural one if t is not
// written.
func (k known) accept(n, t strict.Node) (*kind, error) {
	if t.Kind() == strict.Null {
		if k.kind == nil {
			return nil, n.Err("%s: its form is not known here, write it as type: and value: (types: %s)", k, kindNames())
		}
		return k.kind, nil
	}
	stated, err := readKind(t)
	switch {
	case err != nil:
		return nil, err
	case k.kind == nil || k.kind.name == "hex":
		return stated, nil
	case stated.name == k.kind.name || stated.name+"es" == k.kind.name || stated.name+"s" == k.kind.name:
		return k.kind, nil
	case stated.name == "hex":
		return k.kind.asHex(), nil
	}
	return nil, t.Err("%s is %s, not of type %q", k, k.kind.wants, stated.name)
}

// explain adds what the option wants to errors about its value.
func (e *entry) explain(err error) error {
	if e.known.kind == nil || e.kind.structured {
		return err
	}
	var many strict.Errors
	var one *strict.Error
	switch {
	case errors.As(err, &many):
	case errors.As(err, &one):
		many = strict.Errors{one}
	}
	for _, at := range many {
		at.Err = fmt.Errorf("%w (%s is %s)", at.Err, e.known, e.known.kind.wants)
	}
	return err
}

// readCode reads a number or a name.
func readCode(n strict.Node) (known, error) {
	text, err := n.Text()
	if err != nil {
		return known{}, err
	}
	k, ok := byName(strings.ReplaceAll(strings.ToLower(text), "-", "_"))
	if !ok {
		if k, err = readNumber(n, text); err != nil {
			return k, err
		}
	}
	if k.refused != "" {
		return k, n.Err("%s cannot be set: %s", k, k.refused)
	}
	return k, nil
}

func readNumber(n strict.Node, text string) (known, error) {
	if text == "" || text[0] < '0' || text[0] > '9' {
		return known{}, n.Wrap(strict.Unknown("option", text, names()))
	}
	var code uint16
	if err := strict.Decode(n, &code); err != nil {
		return known{}, err
	}
	if k, ok := byCode(code); ok {
		return k, nil
	}
	return known{code: code}, nil
}
