package pebble

import (
	"fmt"
	"slices"

	pebbledb "github.com/cockroachdb/pebble/v2"

	"github.com/stage6/stage6/lease"
)

// Keys begin with an octet that says what they are.
const (
	kindFormat  = 0 // nothing follows; the value is the format's number
	kindBinding = 1 // the length of the DUID, then lease.Key.AppendBinary
	kindValue   = 2 // the name of a small value
	kindCommits = 3 // nothing follows; the value is how many commits there were, in 8 octets
)

// bindingRange covers the keys of all bindings.
func bindingRange() *pebbledb.IterOptions {
	return &pebbledb.IterOptions{LowerBound: []byte{kindBinding}, UpperBound: []byte{kindBinding + 1}}
}

func valueKey(name string) []byte { return append([]byte{kindValue}, name...) }

func valueName(key []byte) string { return string(key[1:]) }

// valueRange covers the keys of the small values whose names begin with prefix.
func valueRange(prefix string) *pebbledb.IterOptions {
	lower := valueKey(prefix)
	upper := slices.Clone(lower)
	for upper[len(upper)-1] == 0xff { // ends at kindValue, at the latest
		upper = upper[:len(upper)-1]
	}
	upper[len(upper)-1]++
	return &pebbledb.IterOptions{LowerBound: lower, UpperBound: upper}
}

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
