package pebble

import (
	"fmt"

	pebbledb "github.com/cockroachdb/pebble/v2"

	"github.com/stage6/stage6/lease"
)

// Keys begin with an octet that says what they are.
const (
	kindFormat  = 0 // nothing follows; the value is the format's number
	kindBinding = 1 // the length of the DUID, then lease.Key.AppendBinary
	kindValue   = 2 // the name of a small value
)

// bindingRange covers the keys of all bindings.
func bindingRange() *pebbledb.IterOptions {
	return &pebbledb.IterOptions{LowerBound: []byte{kindBinding}, UpperBound: []byte{kindBinding + 1}}
}

func valueKey(name string) []byte { return append([]byte{kindValue}, name...) }

// appendKey appends the key of the binding that a change is about.
func appendKey(dst []byte, c lease.Change) []byte {
	b := c.After
	if b == nil {
		b = c.Before
	}
	return b.Key.AppendBinary(append(dst, kindBinding, byte(len(b.DUID))))
}

// appendValue appends a binding's record, or nothing for nil.
func appendValue(dst []byte, b *lease.Binding) []byte {
	if b == nil {
		return dst
	}
	return b.AppendBinary(dst)
}

// parse reads a binding.
func parse(raw, record []byte) (*lease.Binding, error) {
	if len(raw) < 2 {
		return nil, fmt.Errorf("key of %d octets", len(raw))
	}
	key, err := lease.ParseKey(raw[2:])
	if err != nil {
		return nil, err
	}
	if n := int(raw[1]); n != len(key.DUID) {
		return nil, fmt.Errorf("key says that its DUID has %d octets, want %d", n, len(key.DUID))
	}
	return lease.ParseBinding(key, record)
}
