package dnsmasq

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/stage6/stage6/ident"
)

// valueKind is what dnsmasq takes the value of an option for.
type valueKind int

const (
	absent      valueKind = iota
	words                 // a text, or several with commas between them
	number                // of one, two or four octets
	hexadecimal           // octets with colons between them
	addresses             // IPv6 addresses in brackets
)

// value is the value of an option.
type value struct {
	kind    valueKind
	text    string       // of words, as a whole
	parts   []string     // of words, between the commas
	number  uint32       // of a number
	data    []byte       // on the wire, of numbers, octets and addresses
	addrs   []netip.Addr // of addresses
	wild    bool         // octets with wildcards, which match has
	pattern string       // a regular expression for those
}

// readValue reads a value as dnsmasq does, which goes by its form and, for
// options that it knows, by the option. match says that it is one of dhcp-match.
func readValue(code uint16, text string, match bool) value {
	if text == "" {
		return value{}
	}
	form := formOf(code)
	texts := value{kind: words, text: show(text), parts: fields(text)}
	for i := range texts.parts {
		texts.parts[i] = show(texts.parts[i])
	}
	switch {
	case form.takesNames():
		return texts
	case form == addressForm || code == ntpServer:
		if v, ok := readAddresses(text); ok {
			return v
		}
		return texts
	}
	for _, read := range []func() (value, bool){
		func() (value, bool) { return readOctets(text, match) },
		func() (value, bool) { return readNumber(text, form) },
		func() (value, bool) { return readAddresses(text) },
	} {
		if v, ok := read(); ok {
			return v
		}
	}
	return texts
}

// readOctets reads octets with colons between them.
func readOctets(text string, match bool) (value, bool) {
	parts := strings.Split(text, ":")
	if len(parts) < 2 {
		return value{}, false
	}
	v := value{kind: hexadecimal}
	var pattern []string
	for _, p := range parts {
		if p == "*" && match {
			v.wild, v.data, pattern = true, append(v.data, 0), append(pattern, "[0-9a-f]{2}")
			continue
		}
		n, err := strconv.ParseUint(p, 16, 8)
		if err != nil || len(p) > 2 {
			return value{}, false
		}
		v.data = append(v.data, byte(n))
		pattern = append(pattern, string(ident.AppendHex(nil, []byte{byte(n)})))
	}
	v.pattern = strings.Join(pattern, ":")
	return v, true
}

// readNumber reads a decimal number, whose length may follow as a letter. Else
// it has as many octets as it needs: one, two or four.
func readNumber(text string, form form) (value, bool) {
	length := 0
	digits := strings.TrimRight(text, "bsi")
	switch text[len(digits):] {
	case "b":
		length = 1
	case "s":
		length = 2
	case "i":
		length = 4
	case "":
	default:
		return value{}, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return value{}, false
	}
	switch {
	case length != 0:
	case form == secondsForm || n > 0xffff:
		length = 4
	case n > 0xff:
		length = 2
	default:
		length = 1
	}
	v := value{kind: number, number: uint32(n & (1<<(8*length) - 1))}
	for i := length - 1; i >= 0; i-- {
		v.data = append(v.data, byte(n>>(8*i)))
	}
	return v, true
}

// readAddresses reads IPv6 addresses, in brackets or not.
func readAddresses(text string) (value, bool) {
	v := value{kind: addresses}
	for _, p := range fields(text) {
		a, err := netip.ParseAddr(strings.Trim(p, "[]"))
		if err != nil || !a.Is6() || a.Zone() != "" {
			return value{}, false
		}
		v.addrs = append(v.addrs, a)
		v.data = append(v.data, a.AsSlice()...)
	}
	return v, len(v.addrs) > 0
}
