package optiontext

import (
	"encoding/binary"
	"testing"

	"github.com/stage6/stage6/internal/strict"
)

// FuzzValues says that what is read is whole options, each of the code that it
// says and none of the protocol's.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{
		"dns_servers: 2001:db8::53",
		"- code: 239\n  type: strings\n  value: [a, b]\n",
		"17: {enterprise: 1, options: {1: {type: options, value: {2: {type: uint16, value: 3}}}}}",
		"16: [{enterprise: 1, classes: a}, {enterprise: 2, classes: b}]",
		"144: {name: d.example, addresses: '2001:db8::53', alpn: h2, dohpath: '/q{?dns}'}",
		"{56: a.example, 103: 'urn:x', 32: infinity, 148: , 88: [], 42: UTC}",
		"23: {type: hex, value: 20010db8000000000000000000000053}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, yaml string) {
		n, err := strict.Parse("x.yml", []byte(yaml))
		if err != nil {
			return
		}
		var v Values
		if strict.Decode(n, &v) != nil {
			return
		}
		for _, o := range v {
			if k, _ := byCode(uint16(o.Code())); k.refused != "" {
				t.Errorf("%s is set", k)
			}
			for wire := o.Append(nil); len(wire) > 0; {
				if len(wire) < 4 || binary.BigEndian.Uint16(wire) != uint16(o.Code()) {
					t.Fatalf("%x is not option %d", wire, o.Code())
				}
				size := 4 + int(binary.BigEndian.Uint16(wire[2:]))
				if size > len(wire) {
					t.Fatalf("%x breaks off", wire)
				}
				wire = wire[size:]
			}
		}
	})
}
