package optiontext

import (
	"encoding/binary"
	"math"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/internal/wire"
)

// vendorClassKind is option 16: an enterprise and its classes (RFC 9915 section
// 21.16).
func vendorClassKind() *kind {
	return &kind{
		wants: "a map of enterprise and classes", structured: true,
		encode: func(n strict.Node) ([][]byte, error) { return encodeEach(n, encodeVendorClass) },
		valid:  func(data []byte) bool { return len(data) > 4 && validTexts(data[4:]) },
	}
}

// vendorOptsKind is option 17: an enterprise and options of its own (RFC 9915
// section 21.17).
func vendorOptsKind() *kind {
	return &kind{
		wants: "a map of enterprise and options", structured: true,
		encode: func(n strict.Node) ([][]byte, error) { return encodeEach(n, encodeVendorOpts) },
		valid:  func(data []byte) bool { return len(data) > 4 },
	}
}

// encodeEach encodes one map, or a list of maps, as instances of an option.
func encodeEach(n strict.Node, one func(strict.Node) ([]byte, error)) (out [][]byte, err error) {
	nodes, err := items(n, false)
	if err != nil {
		return nil, err
	}
	if len(nodes) == 0 {
		return nil, errEmpty(n, "map")
	}
	var errs []error
	for _, item := range nodes {
		data, err := one(item)
		errs = append(errs, item.Wrap(err))
		out = append(out, data)
	}
	return out, strict.Join(errs...)
}

func encodeVendorClass(n strict.Node) ([]byte, error) {
	var c struct {
		Enterprise uint32      `config:"required"`
		Classes    strict.Node `config:"required"`
	}
	if err := strict.Decode(n, &c); err != nil {
		return nil, err
	}
	classes, err := encodeTexts(c.Classes, encodeText)
	return append(binary.BigEndian.AppendUint32(nil, c.Enterprise), classes...), err
}

func encodeVendorOpts(n strict.Node) ([]byte, error) {
	var c struct {
		Enterprise uint32 `config:"required"`
		Options    strict.Node
		Hex        strict.Node
	}
	if err := strict.Decode(n, &c); err != nil {
		return nil, err
	}
	var data []byte
	var err error
	switch options, hex := c.Options.Kind() != strict.Null, c.Hex.Kind() != strict.Null; {
	case options == hex:
		err = n.Err("want either options or hex")
	case hex:
		data, err = readHex(c.Hex)
	default:
		data, err = encodeSubOptions(c.Options)
	}
	return append(binary.BigEndian.AppendUint32(nil, c.Enterprise), data...), err
}

// subOptionsKind is a map of options inside of an option, each with code and
// length of 16 bits.
func subOptionsKind() *kind {
	return &kind{
		name: "options", wants: "a map of options", structured: true,
		encode: once(encodeSubOptions),
		valid:  func(data []byte) bool { return len(data) >= 4 },
	}
}

func encodeSubOptions(n strict.Node) (out []byte, err error) {
	if n.Kind() != strict.Map {
		return nil, n.Err("got %s, want a map of codes", n.Kind())
	}
	var errs []error
	seen := map[uint16]bool{}
	for _, pair := range n.Pairs() {
		var code uint16
		err := strict.Decode(pair.Key, &code)
		if err == nil && seen[code] {
			err = pair.Key.Err("option %d stands twice", code)
		}
		seen[code] = true
		data, dataErr := encodeSubOption(pair.Value)
		errs = append(errs, err, dataErr)
		out = wire.AppendOption(out, code, data)
	}
	if len(n.Pairs()) == 0 {
		errs = append(errs, n.Err("no option is given, want at least one"))
	}
	return out, strict.Join(errs...)
}

// encodeSubOption encodes {type, value}. The codes are the vendor's, so that
// nothing is known of their form.
func encodeSubOption(n strict.Node) ([]byte, error) {
	t, v, typed, err := splitTyped(n)
	switch {
	case err != nil:
		return nil, err
	case !typed || t.Kind() == strict.Null:
		return nil, n.Err("the form of a vendor's option is not known, write it as type: and value: (types: %s)", kindNames())
	}
	k, err := readKind(t)
	if err != nil {
		return nil, err
	}
	if v.Kind() == strict.Null && !k.mayBeEmpty {
		return nil, n.Err("no value is given, want %s", k.wants)
	}
	data, err := k.encode(v)
	if err != nil {
		return nil, v.Wrap(err)
	}
	if len(data[0]) > math.MaxUint16 {
		return nil, v.Err("%d octets, want at most %d", len(data[0]), math.MaxUint16)
	}
	return data[0], nil
}
