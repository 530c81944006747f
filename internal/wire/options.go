package wire

import (
	"encoding/binary"
	"iter"
)

// Options is an options area as it stands in a message (RFC 9915 section
// 21.1). What follows the last whole option is not seen.
type Options []byte

// All gives code and data of each option, in order.
func (o Options) All() iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for {
			code, data, rest, ok := o.cut()
			if !ok || !yield(code, data) {
				return
			}
			o = rest
		}
	}
}

// Get gives the data of the first option of that code, and whether there is
// one.
func (o Options) Get(code uint16) ([]byte, bool) {
	for {
		c, data, rest, ok := o.cut()
		if !ok {
			return nil, false
		}
		if c == code {
			return data, true
		}
		o = rest
	}
}

// cut takes the first option off o. Without ok, o does not begin with a whole
// option.
func (o Options) cut() (code uint16, data []byte, rest Options, ok bool) {
	if len(o) < 4 {
		return 0, nil, o, false
	}
	end := 4 + int(binary.BigEndian.Uint16(o[2:]))
	if end > len(o) {
		return 0, nil, o, false
	}
	return binary.BigEndian.Uint16(o), o[4:end:end], o[end:], true
}

// cutCode gives the code of the option that o breaks off in, or 0 when not
// even the code is there.
func (o Options) cutCode() uint16 {
	if len(o) < 2 {
		return 0
	}
	return binary.BigEndian.Uint16(o)
}
