package optiontext

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/lease"
)

// uintKind is a number in network byte order.
func uintKind[T uint8 | uint16 | uint32](name string, octets int) *kind {
	return &kind{
		name: name, wants: fmt.Sprintf("a number of %d bits", 8*octets),
		encode: once(func(n strict.Node) ([]byte, error) {
			var v T
			err := strict.Decode(n, &v)
			return binary.BigEndian.AppendUint32(nil, uint32(v))[4-octets:], err
		}),
		valid: func(data []byte) bool { return len(data) == octets },
	}
}

// secondsKind is a time, in whole seconds of 32 bits on the wire.
func secondsKind(low, high time.Duration) *kind {
	k := &kind{name: "seconds", wants: "a time"}
	if low > 0 {
		k.wants = fmt.Sprintf("a time of at least %v", low)
	}
	if high < lease.Infinity {
		k.wants = fmt.Sprintf("a time of %v to %v", low, high)
	}
	k.valid = func(data []byte) bool {
		if len(data) != 4 {
			return false
		}
		d := time.Duration(binary.BigEndian.Uint32(data)) * time.Second
		return low <= d && d <= high
	}
	k.encode = once(func(n strict.Node) ([]byte, error) { return encodeSeconds(n, low, high) })
	return k
}

func encodeSeconds(n strict.Node, low, high time.Duration) ([]byte, error) {
	text, err := n.Text()
	if err != nil {
		return nil, err
	}
	d, err := strict.ParseDuration(text)
	switch {
	case err != nil:
		return nil, n.Wrap(err)
	case d < low:
		return nil, n.Err("%q is too short", text)
	case d > high:
		return nil, n.Err("%q is too long", text)
	case d%time.Second != 0:
		return nil, n.Err("%q: want whole seconds", text)
	}
	return binary.BigEndian.AppendUint32(nil, uint32(d/time.Second)), nil
}

// hexKind is data of any form, in hexadecimal.
func hexKind() *kind {
	return &kind{
		name: "hex", wants: "data in hexadecimal",
		encode: once(readHex),
		valid:  func(data []byte) bool { return len(data) > 0 },
	}
}

func readHex(n strict.Node) ([]byte, error) {
	text, err := n.Text()
	if err != nil {
		return nil, err
	}
	data, err := ident.ParseHex(text)
	if err != nil {
		return nil, n.Err("%q is not hexadecimal, want octets such as 0a1b2c or 0a:1b:2c", text)
	}
	if len(data) == 0 {
		return nil, n.Err("no data is given, want at least one octet")
	}
	return data, nil
}
