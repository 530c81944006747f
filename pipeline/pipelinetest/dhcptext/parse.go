package dhcptext

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Parse reads a message written as Format writes it. Errors name the line.
func Parse(text string) ([]byte, error) {
	p := &parser{}
	for n, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimLeft(line, " ")
		if strings.TrimSpace(trimmed) == "" || trimmed[0] == '#' {
			continue
		}
		p.lines = append(p.lines, textLine{n + 1, len(line) - len(trimmed), strings.TrimRight(trimmed, " \r")})
	}
	if len(p.lines) == 0 {
		return nil, fmt.Errorf("no message")
	}
	msg, err := p.message(nil, p.lines[0].indent)
	if err == nil && len(p.lines) > 0 {
		err = fmt.Errorf("line %d: %q: indented less than the message", p.lines[0].number, p.lines[0].text)
	}
	return msg, err
}

type textLine struct {
	number, indent int
	text           string
}

// malformed reads octets that are no message or no option.
func (l textLine) malformed(dst []byte, octets string) ([]byte, error) {
	dst, err := appendHex(dst, octets, -1)
	if err != nil {
		return nil, fmt.Errorf("line %d: malformed: %w", l.number, err)
	}
	return dst, nil
}

type parser struct {
	lines []textLine
}

func (p *parser) next() textLine {
	l := p.lines[0]
	p.lines = p.lines[1:]
	return l
}

// message reads a message whose first line is indented by indent.
func (p *parser) message(dst []byte, indent int) ([]byte, error) {
	if len(p.lines) == 0 {
		return nil, fmt.Errorf("the end of the text where a message should be")
	}
	l := p.next()
	word, rest, _ := strings.Cut(l.text, " ")
	if word == "malformed" {
		return l.malformed(dst, rest)
	}
	code, ok := typeByName(word)
	if !ok {
		return nil, fmt.Errorf("line %d: message type %q is not known", l.number, word)
	}
	dst = append(dst, code)
	var err error
	if code == 12 || code == 13 {
		dst, err = appendRelayHeader(dst, rest)
	} else {
		dst, err = appendHex(dst, rest, 3)
	}
	if err != nil {
		return nil, fmt.Errorf("line %d: %s: %w", l.number, word, err)
	}
	return p.options(dst, indent)
}

// options reads the lines that are indented by more than indent.
func (p *parser) options(dst []byte, indent int) ([]byte, error) {
	for len(p.lines) > 0 && p.lines[0].indent > indent {
		var err error
		if dst, err = p.option(dst); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func (p *parser) option(dst []byte) ([]byte, error) {
	l := p.next()
	name, rest, _ := strings.Cut(l.text, " ")
	fail := func(err error) ([]byte, error) { return nil, fmt.Errorf("line %d: %s: %w", l.number, name, err) }
	if name == "malformed" {
		return l.malformed(dst, rest)
	}
	o, ok := byName(name)
	if !ok {
		if name != "option" {
			return fail(fmt.Errorf("not a known option; write option CODE HEX"))
		}
		number, value, _ := strings.Cut(rest, " ")
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			return fail(err)
		}
		o, rest = option{uint16(n), "", raw}, value
	}
	start := len(dst)
	dst = append(dst, byte(o.code>>8), byte(o.code), 0, 0)
	dst, err := appendValue(dst, o.kind, rest)
	if err != nil {
		return fail(err)
	}
	if o.kind == message {
		dst, err = p.message(dst, l.indent+2)
	} else {
		dst, err = p.options(dst, l.indent)
	}
	if err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint16(dst[start+2:], uint16(len(dst)-start-4))
	return dst, nil
}

func typeByName(name string) (byte, bool) {
	for code, n := range types {
		if n == name {
			return code, true
		}
	}
	return 0, false
}

func appendHex(dst []byte, s string, want int) ([]byte, error) {
	b, err := hex.DecodeString(s)
	if err == nil && want >= 0 && len(b) != want {
		err = fmt.Errorf("%q: want %d octets in hexadecimal", s, want)
	}
	return append(dst, b...), err
}

func appendRelayHeader(dst []byte, s string) ([]byte, error) {
	var hops uint8
	var link, peer string
	if _, err := fmt.Sscanf(s, "hops=%d link=%s peer=%s", &hops, &link, &peer); err != nil {
		return nil, fmt.Errorf("%q: want hops=N link=ADDRESS peer=ADDRESS", s)
	}
	dst = append(dst, hops)
	for _, text := range []string{link, peer} {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil, err
		}
		b := a.As16()
		dst = append(dst, b[:]...)
	}
	return dst, nil
}

func appendValue(dst []byte, k kind, s string) ([]byte, error) {
	switch k {
	case raw:
		return appendHex(dst, s, -1)
	case ia:
		return appendIA(dst, s)
	case addressOpt, prefixOpt:
		return appendLease(dst, k, s)
	case codes:
		return appendNumbers(dst, strings.Fields(s), 2)
	case number8:
		return appendNumbers(dst, []string{s}, 1)
	case number16:
		return appendNumbers(dst, []string{s}, 2)
	case number32:
		return appendNumbers(dst, []string{s}, 4)
	case status:
		code, text, _ := strings.Cut(s, " ")
		dst, err := appendNumbers(dst, []string{code}, 2)
		return append(dst, text...), err
	case addresses:
		return appendAddresses(dst, strings.Fields(s))
	case names:
		return appendNames(dst, strings.Fields(s)), nil
	case fqdn:
		return appendFQDN(dst, s)
	case text:
		u, err := strconv.Unquote(s)
		return append(dst, u...), err
	case strings16:
		return appendStrings(dst, s)
	case vendorClass:
		number, rest, _ := strings.Cut(s, " ")
		dst, err := appendNumbers(dst, []string{number}, 4)
		if err != nil {
			return nil, err
		}
		return appendStrings(dst, rest)
	}
	return dst, nil
}

func appendNumbers(dst []byte, fields []string, octets int) ([]byte, error) {
	for _, f := range fields {
		n, err := strconv.ParseUint(f, 10, 8*octets)
		if err != nil {
			return nil, err
		}
		for i := octets - 1; i >= 0; i-- {
			dst = append(dst, byte(n>>(8*i)))
		}
	}
	return dst, nil
}

func appendIA(dst []byte, s string) ([]byte, error) {
	var iaid, t1, t2 uint32
	if _, err := fmt.Sscanf(s, "%d t1=%d t2=%d", &iaid, &t1, &t2); err != nil {
		return nil, fmt.Errorf("%q: want IAID t1=SECONDS t2=SECONDS", s)
	}
	for _, n := range []uint32{iaid, t1, t2} {
		dst = binary.BigEndian.AppendUint32(dst, n)
	}
	return dst, nil
}

func appendLease(dst []byte, k kind, s string) ([]byte, error) {
	var what string
	var preferred, valid uint32
	if _, err := fmt.Sscanf(s, "%s preferred=%d valid=%d", &what, &preferred, &valid); err != nil {
		return nil, fmt.Errorf("%q: want ADDRESS preferred=SECONDS valid=SECONDS", s)
	}
	if k == addressOpt {
		dst, err := appendAddresses(dst, []string{what})
		dst = binary.BigEndian.AppendUint32(dst, preferred)
		return binary.BigEndian.AppendUint32(dst, valid), err
	}
	p, err := netip.ParsePrefix(what)
	if err != nil {
		return nil, err
	}
	dst = binary.BigEndian.AppendUint32(dst, preferred)
	dst = binary.BigEndian.AppendUint32(dst, valid)
	a := p.Addr().As16()
	return append(append(dst, byte(p.Bits())), a[:]...), nil
}

func appendAddresses(dst []byte, fields []string) ([]byte, error) {
	for _, f := range fields {
		a, err := netip.ParseAddr(f)
		if err != nil {
			return nil, err
		}
		b := a.As16()
		dst = append(dst, b[:]...)
	}
	return dst, nil
}

func appendNames(dst []byte, fields []string) []byte {
	for _, f := range fields {
		for _, label := range strings.Split(f, ".") {
			dst = append(append(dst, byte(len(label))), label...)
		}
		dst = append(dst, 0)
	}
	return dst
}

func appendStrings(dst []byte, s string) ([]byte, error) {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return nil, fmt.Errorf("%q: want quoted strings", s)
		}
		u, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, err
		}
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(u)))
		dst = append(dst, u...)
		s = s[len(quoted):]
	}
	return dst, nil
}

// appendFQDN reads what formatFQDN writes.
func appendFQDN(dst []byte, s string) ([]byte, error) {
	flags, name, _ := strings.Cut(s, " ")
	dst, err := appendNumbers(dst, []string{flags}, 1)
	if err != nil || name == "" {
		return dst, err
	}
	labels, whole := strings.CutSuffix(name, ".")
	if dst = appendNames(dst, []string{labels}); !whole {
		dst = dst[:len(dst)-1]
	}
	return dst, nil
}
