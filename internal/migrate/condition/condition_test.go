package condition

import (
	"errors"
	"testing"

	"github.com/stage6/stage6/pipeline"
)

func part(code uint16, from, length int) Part {
	return Part{Field: Of(code), From: from, Length: length}
}

func TestConditionsAreMatchExpressions(t *testing.T) {
	ipxe := Compare{Part: part(15, 2, 4), Value: []byte("iPXE")}
	relay := Field{Source: RelayOption, Code: 18}
	for name, c := range map[string]struct {
		x    Expr
		want string
	}{
		"an architecture":                          {Compare{Part: Whole(Of(61)), Value: []byte{0, 7}}, `arch == 7`},
		"another architecture":                     {Compare{Part: Whole(Of(61)), Value: []byte{0, 7}, Unlike: true}, `arch != 7`},
		"several architectures":                    {Compare{Part: Whole(Of(61)), Value: []byte{0, 7, 0, 9}}, `option[61].data == "00:07:00:09"`},
		"a user class behind its length":           {ipxe, `user_class startsWith "iPXE"`},
		"a user class with its length":             {Compare{Part: Whole(Of(15)), Value: []byte("\x00\x04iPXE")}, `user_class == "iPXE"`},
		"a user class without a length":            {Compare{Part: Whole(Of(15)), Value: []byte("iPXE")}, `user_class == "iPXE"`},
		"the beginning of a user class and length": {Compare{Part: part(15, 0, 6), Value: []byte("\x00\x09iPXE")}, `user_class startsWith "iPXE"`},
		"no user class of that kind":               {Not{ipxe}, `not (user_class startsWith "iPXE")`},
		"a vendor class":                           {Compare{Part: part(16, 6, 10), Value: []byte("HTTPClient")}, `vendor_class startsWith "HTTPClient"`},
		"a vendor":                                 {Compare{Part: part(16, 0, 4), Value: []byte{0, 0, 1, 0x57}}, `vendor_enterprise == 343`},
		"a vendor and its class":                   {Compare{Part: Whole(Of(16)), Value: []byte("\x00\x00\x01\x57\x00\x01x")}, `vendor_enterprise == 343 and vendor_class == "x"`},
		"a DUID":                                   {Compare{Part: Whole(Of(1)), Value: []byte{0, 3, 0, 1}}, `duid == "00:03:00:01"`},
		"the beginning of a DUID":                  {Compare{Part: part(1, 0, 2), Value: []byte{0, 2}}, `duid startsWith "00:02"`},
		"the MAC in a DUID-LLT":                    {Compare{Part: part(1, 8, 6), Value: []byte{1, 2, 3, 4, 5, 6}}, `duid_type == 1 and duid_mac == "01:02:03:04:05:06"`},
		"octets within an option":                  {Compare{Part: part(17, 4, 2), Value: []byte{0, 1}}, `option[17].data[12:17] == "00:01"`},
		"an option that is text":                   {Compare{Part: Whole(Of(250)), Value: []byte("rescue")}, `option[250].text == "rescue"`},
		"more octets than there are to compare":    {Compare{Part: part(250, 0, 9), Value: []byte("rescue")}, `option[250].text == "rescue"`},
		"less octets than there are to compare":    {Compare{Part: part(250, 0, 2), Value: []byte("rescue")}, `false`},
		"an option that is there":                  {Present{Of(60)}, `option[60].present`},
		"one that is there, and compared":          {And{Present{Of(15)}, ipxe}, `user_class startsWith "iPXE"`},
		"a port":                                   {Compare{Part: Whole(relay), Value: []byte("ge-0")}, `relay[0].interface_id == "ge-0"`},
		"whether a relay agent names the port":     {Present{relay}, `relay[0].interface_id != ""`},
		"a remote id behind its enterprise":        {Compare{Part: Part{Field: Field{Source: RelayOption, Code: 37, Relay: -1}, From: 4, Length: 2}, Value: []byte("ab")}, `relay[-1].remote_id startsWith "ab"`},
		"a link address":                           {Compare{Part: Whole(Field{Source: LinkAddress}), Value: append([]byte{0x20, 1, 0xd, 0xb8}, make([]byte, 12)...)}, `relay[0].link_address == "2001:db8::"`},
		"a MAC":                                    {Compare{Part: Whole(Field{Source: MAC}), Value: []byte{1, 2, 3, 4, 5, 6}}, `mac == "01:02:03:04:05:06"`},
		"or within and":                            {And{Or{Tag{"a"}, Tag{"b"}}, Not{Tag{"c"}}}, `(tag.a or tag.b) and not tag.c`},
		"and within or":                            {Or{And{Tag{"a"}, Tag{"b"}}, Literal(false)}, `tag.a and tag.b or false`},
		"not twice":                                {Not{Not{Tag{"a"}}}, `tag.a`},
		"an expression as it is":                   {And{Is{`type == "solicit" or type == "request"`}, Tag{"a"}}, `(type == "solicit" or type == "request") and tag.a`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Text(c.x)
			if err != nil || got != c.want {
				t.Fatalf("got %s, %v, want %s", got, err, c.want)
			}
			if _, err := pipeline.NewExpressions().Compile(got); err != nil {
				t.Errorf("%s: %v", got, err)
			}
		})
	}
}

func TestWhatHasNoCounterpartIsRefused(t *testing.T) {
	for name, x := range map[string]Expr{
		"octets of a relay agent":    Compare{Part: Whole(Field{Source: RelayOption, Code: 18}), Value: []byte{0, 1}},
		"another option of a relay":  Present{Field{Source: RelayOption, Code: 65}},
		"a part of an address":       Compare{Part: Part{Field: Field{Source: Peer}, Length: 2}, Value: []byte{0xfe, 0x80}},
		"a MAC from its third octet": Compare{Part: Part{Field: Field{Source: MAC}, From: 2, Length: 2}, Value: []byte{1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			var unsupported *Unsupported
			if got, err := Text(x); !errors.As(err, &unsupported) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestTagNamesAreWords(t *testing.T) {
	for class, want := range map[string]string{"ipxe": "ipxe", "rack/2": "rack_2", "2nd": "class_2nd", "_x": "class_x", "": "class_"} {
		if got := TagName(class); got != want {
			t.Errorf("the tag of class %q is %q, want %q", class, got, want)
		}
	}
}
