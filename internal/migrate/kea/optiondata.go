package kea

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// split takes the fields of a value apart at its commas, but not at those that
// stand behind a backslash.
func split(data string) (fields []string) {
	var field strings.Builder
	for i := 0; i < len(data); i++ {
		switch {
		case data[i] == '\\' && i+1 < len(data) && data[i+1] == ',':
			i++
			field.WriteByte(',')
		case data[i] == ',':
			fields = append(fields, strings.TrimSpace(field.String()))
			field.Reset()
		default:
			field.WriteByte(data[i])
		}
	}
	return append(fields, strings.TrimSpace(field.String()))
}

// encode gives the octets of fields, as the definition has them.
func (d definition) encode(fields []string) (out []byte, err error) {
	types := d.types
	if d.kind != "record" {
		types = []string{d.kind}
	}
	if d.kind == "empty" {
		return nil, nil
	}
	if len(fields) < len(types) {
		return nil, fmt.Errorf("%d values, want %d", len(fields), len(types))
	}
	for i, f := range fields {
		if i >= len(types) && !d.array {
			return nil, fmt.Errorf("%d values, want %d", len(fields), len(types))
		}
		if out, err = appendField(out, types[min(i, len(types)-1)], f); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// appendField appends one value of one of Kea's types.
func appendField(out []byte, kind, text string) ([]byte, error) {
	switch kind {
	case "binary":
		raw, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(strings.TrimPrefix(text, "0x")))
		return append(out, raw...), err
	case "boolean":
		if text == "true" || text == "1" {
			return append(out, 1), nil
		}
		return append(out, 0), nil
	case "string":
		return append(out, text...), nil
	case "tuple":
		return append(binary.BigEndian.AppendUint16(out, uint16(len(text))), text...), nil
	case "fqdn":
		return appendName(out, text)
	case "ipv4-address", "ipv6-address":
		a, err := netip.ParseAddr(text)
		return append(out, a.AsSlice()...), err
	case "ipv6-prefix":
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		raw := p.Masked().Addr().AsSlice()
		return append(append(out, byte(p.Bits())), raw[:(p.Bits()+7)/8]...), nil
	}
	return appendNumber(out, kind, text)
}

func appendNumber(out []byte, kind, text string) ([]byte, error) {
	bits := map[string]int{"uint8": 8, "uint16": 16, "uint32": 32, "int8": 8, "int16": 16, "int32": 32}[kind]
	if bits == 0 {
		return nil, fmt.Errorf("type %q is not known", kind)
	}
	n, err := strconv.ParseInt(text, 0, 64)
	if err != nil || n >= 1<<bits || n < -1<<(bits-1) {
		return nil, fmt.Errorf("%q: want a number of %d bits", text, bits)
	}
	raw := binary.BigEndian.AppendUint64(nil, uint64(n))
	return append(out, raw[8-bits/8:]...), nil
}

// appendName appends a domain name (RFC 9915 section 10).
func appendName(out []byte, name string) ([]byte, error) {
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if label == "" || len(label) > 63 {
			return nil, fmt.Errorf("%q is no domain name", name)
		}
		out = append(append(out, byte(len(label))), label...)
	}
	return append(out, 0), nil
}

// option makes an option of an entry of option-data.
func (d definition) option(data string, csv bool, o migrate.Origin) (migrate.Option, error) {
	if !csv {
		raw, err := appendField(nil, "binary", data)
		if err != nil {
			return migrate.Option{}, fmt.Errorf("%q: want hexadecimal", data)
		}
		return migrate.RawOption(d.code, raw, o)
	}
	if _, known := standardCode(d.code); known && d.kind != "binary" && d.kind != "vendor-class" {
		if out, err := migrate.TextOption(d.code, d.texts(data), o); err == nil {
			return out, nil
		}
	}
	if why := migrate.NoOption(d.code); why != "" {
		return migrate.Option{}, fmt.Errorf("%s", why)
	}
	v, err := d.value(data)
	return migrate.Option{Key: migrate.OptionKey(d.code), Value: v, Origin: o}, err
}

// texts gives the values in a text, which is one where the option is no list.
func (d definition) texts(data string) []string {
	if d.kind == "string" {
		return []string{strings.ReplaceAll(data, `\,`, ",")}
	}
	return split(data)
}

// value gives the value with its type: one that people can read, where there is
// one, else octets.
func (d definition) value(data string) (migrate.Map, error) {
	kinds := map[string]string{"ipv6-address": "addresses", "fqdn": "names", "tuple": "strings"}
	fields := d.texts(data)
	kind, plain := kinds[d.kind]
	switch {
	case plain && d.array || plain && len(fields) == 1:
		if len(fields) == 1 {
			return migrate.Typed(kind, fields[0]), nil
		}
		return migrate.Typed(kind, fields), nil
	case d.kind == "string" && !d.array:
		return migrate.Typed("string", fields[0]), nil
	case strings.HasPrefix(d.kind, "uint") && !d.array && len(fields) == 1:
		if n, err := strconv.ParseUint(fields[0], 0, 32); err == nil {
			return migrate.Typed(d.kind, n), nil
		}
	}
	raw, err := d.encode(fields)
	if err != nil {
		return nil, err
	}
	return migrate.Raw(raw), nil
}
