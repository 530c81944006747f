// Package optiontext reads options as configurations write them: a code or its
// name, and a value in the form that the option has. A value is encoded once,
// when it is read.
package optiontext

import (
	"encoding/binary"
	"fmt"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Values are options, each code once, but options 16 and 17 once for each
// enterprise. In a configuration they are a map, or a list of maps:
//
//	dns_servers: 2001:db8::53           a name of the IANA registry
//	22: [2001:db8::5, 2001:db8::6]      a code
//	239:                                a code whose form is not known here
//	  type: string
//	  value: http://[2001:db8::2]/ztp
//	code: 239                           the same, as the only option of its map
//	type: string
//	value: http://[2001:db8::2]/ztp
type Values []*pipeline.Option

// DecodeNode reads a map or list of options.
func (v *Values) DecodeNode(n strict.Node) error {
	entries, err := readEntries(n)
	if err != nil {
		return err
	}
	var out Values
	var errs []error
	seen := map[key]string{}
	for _, e := range entries {
		made, err := e.options(seen)
		errs = append(errs, err)
		out = append(out, made...)
	}
	*v = out
	return strict.Join(errs...)
}

// Decode reads the value of one option whose form is known, other than 16 and
// 17. What may stand several times in a message, such as 56, comes as one
// value.
func Decode(code dhcpv6.OptionCode, n strict.Node) (*pipeline.Option, error) {
	k, ok := byCode(uint16(code))
	if !ok || k.kind == nil {
		return nil, n.Err("option %d: its form is not known", code)
	}
	made, err := encodeOptions(n, uint16(code), k.kind)
	if err != nil {
		return nil, err
	}
	return pipeline.JoinOptions(made...), nil
}

// encodeOptions gives the instances of one option.
func encodeOptions(n strict.Node, code uint16, k *kind) ([]*pipeline.Option, error) {
	instances, err := k.encode(n)
	if err != nil {
		return nil, n.Wrap(err)
	}
	var out []*pipeline.Option
	for _, data := range instances {
		o, err := pipeline.NewOption(dhcpv6.OptionCode(code), data)
		if err != nil {
			return nil, n.Wrap(err)
		}
		out = append(out, o)
	}
	return out, nil
}

// key is what may stand once.
type key struct {
	code       uint16
	enterprise uint32
}

// keyOf gives the key of an option, which is the enterprise's for 16 and 17.
func keyOf(o *pipeline.Option) key {
	k := key{code: uint16(o.Code())}
	if wire := o.Append(nil); perEnterprise(k.code) && len(wire) >= 8 {
		k.enterprise = binary.BigEndian.Uint32(wire[4:])
	}
	return k
}

func perEnterprise(code uint16) bool { return code == 16 || code == 17 }

// options gives the entry's options and marks their keys as seen, with the
// place.
func (e *entry) options(seen map[key]string) ([]*pipeline.Option, error) {
	made, err := encodeOptions(e.value, e.known.code, e.kind)
	if err != nil {
		return nil, e.explain(err)
	}
	if !perEnterprise(e.known.code) {
		made = []*pipeline.Option{pipeline.JoinOptions(made...)}
	}
	for _, o := range made {
		k := keyOf(o)
		if first, twice := seen[k]; twice {
			return nil, e.place.Err("%s stands twice, first at %s", e.known.describe(k), first)
		}
		seen[k] = e.place.Pos()
	}
	return made, nil
}

// describe names the option, with the enterprise where that matters.
func (k known) describe(at key) string {
	if perEnterprise(k.code) {
		return fmt.Sprintf("%s of enterprise %d", k, at.enterprise)
	}
	return k.String()
}
