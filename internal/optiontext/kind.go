package optiontext

import (
	"errors"
	"strings"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/lease"
)

// kind is a form that the value of an option has.
type kind struct {
	name       string // that type: calls it by; nothing if it cannot be stated
	wants      string // what a value is, for errors
	structured bool   // errors about parts of it speak for themselves
	mayBeEmpty bool
	// encode gives the data of each instance of the option.
	encode func(n strict.Node) ([][]byte, error)
	// valid says whether data that is written as hexadecimal is of the kind.
	valid func(data []byte) bool
}

// statable are the kinds that type: may name.
func statable() []*kind {
	return []*kind{
		addressKind(), addressesKind(), nameKind(), namesKind(), stringKind(), stringsKind(), urlKind(), urlsKind(),
		uintKind[uint8]("uint8", 1), uintKind[uint16]("uint16", 2), uintKind[uint32]("uint32", 4),
		secondsKind(0, lease.Infinity), hexKind(), subOptionsKind(), emptyKind(),
	}
}

func kindNames() string { return strings.Join(kindList(), ", ") }

func kindList() (out []string) {
	for _, k := range statable() {
		out = append(out, k.name)
	}
	return out
}

func readKind(n strict.Node) (*kind, error) {
	text, err := n.Text()
	if err != nil {
		return nil, err
	}
	for _, k := range statable() {
		if k.name == text {
			return k, nil
		}
	}
	return nil, n.Wrap(strict.Unknown("type", text, kindList()))
}

// once makes an encode function for an option that stands once.
func once(encode func(n strict.Node) ([]byte, error)) func(strict.Node) ([][]byte, error) {
	return func(n strict.Node) ([][]byte, error) {
		data, err := encode(n)
		if err != nil {
			return nil, err
		}
		return [][]byte{data}, nil
	}
}

// asHex gives the kind for values that are written as hexadecimal but have to
// be of the kind k.
func (k *kind) asHex() *kind {
	out := hexKind()
	out.encode = once(func(n strict.Node) ([]byte, error) {
		data, err := readHex(n)
		if err == nil && !k.valid(data) {
			err = n.Err("%x is not %s", data, k.wants)
		}
		return data, err
	})
	return out
}

// items gives the values of a list, or the parts of a single value if it is
// to be split, else that value.
func items(n strict.Node, split bool) ([]strict.Node, error) {
	switch n.Kind() {
	case strict.List:
		return n.Items(), nil
	case strict.Single:
		if _, err := n.Text(); err != nil || !split {
			return []strict.Node{n}, err
		}
		return n.Fields()
	case strict.Null:
		return nil, n.Err("nothing is written here")
	}
	return []strict.Node{n}, nil
}

// encodeList encodes the values of a list one behind the other, and refuses
// one that stands twice.
func encodeList(nodes []strict.Node, encode func(strict.Node) ([]byte, error)) (out []byte, err error) {
	var errs []error
	seen := map[string]bool{}
	for _, item := range nodes {
		data, err := encode(item)
		if err == nil && seen[string(data)] {
			err = item.Err("%s stands twice", quoted(item))
		}
		errs = append(errs, item.Wrap(err))
		seen[string(data)] = true
		out = append(out, data...)
	}
	return out, strict.Join(errs...)
}

// errEmpty is the error for a list without values.
func errEmpty(n strict.Node, what string) error {
	if n.Kind() == strict.List {
		return n.Err("the list is empty, want at least one %s", what)
	}
	return n.Err("no %s is given, want at least one", what)
}

func quoted(n strict.Node) string {
	text, err := n.Text()
	if err != nil {
		return n.Kind().String()
	}
	return `"` + text + `"`
}

// emptyKind is an option that says all by being there.
func emptyKind() *kind {
	return &kind{
		name: "empty", wants: "without value", mayBeEmpty: true,
		encode: once(func(n strict.Node) ([]byte, error) {
			text, err := n.Text()
			switch {
			case n.Kind() == strict.Null:
				return nil, nil
			case err == nil && (text == "" || text == "true"):
				return nil, nil
			case err == nil:
				err = errors.New("want no value, or true")
			}
			return nil, err
		}),
		valid: func(data []byte) bool { return len(data) == 0 },
	}
}
