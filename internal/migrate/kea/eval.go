package kea

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/stage6/stage6/internal/migrate/condition"
)

// maxTest bounds a test of a class, in octets, and maxTestDepth its parentheses.
const (
	maxTest      = 16 << 10
	maxTestDepth = 64
)

// evaluation reads the test of a class.
type evaluation struct {
	rest  string
	word  string // the current word: a name, a number, one sign, or a string with its quotes
	depth int
	class func(name string) condition.Expr // what membership of a class is
}

// parseTest reads a test. Its error says what of it has no counterpart here, or
// is wrong.
func parseTest(test string, class func(string) condition.Expr) (condition.Expr, error) {
	if len(test) > maxTest {
		return nil, fmt.Errorf("a test of %d octets", len(test))
	}
	e := &evaluation{rest: test, class: class}
	if err := e.advance(); err != nil {
		return nil, err
	}
	x, err := e.or()
	if err == nil && e.word != "" {
		err = fmt.Errorf("%s: not expected there", e.word)
	}
	return x, err
}

// advance reads the next word.
func (e *evaluation) advance() error {
	e.rest = strings.TrimLeft(e.rest, " \t\r\n")
	n := 0
	switch {
	case e.rest == "":
	case e.rest[0] == '\'':
		n = strings.IndexByte(e.rest[1:], '\'') + 2
		if n == 1 {
			return fmt.Errorf("the text %s does not end", e.rest)
		}
	case strings.HasPrefix(e.rest, "=="):
		n = 2
	default:
		for n < len(e.rest) && isName(e.rest[n]) {
			n++
		}
		n = max(n, 1)
	}
	e.word, e.rest = e.rest[:n], e.rest[n:]
	return nil
}

func isName(c byte) bool { return isWord(c) && c != '.' && c != '+' || c == '_' }

// take goes over a word that must stand there.
func (e *evaluation) take(word string) error {
	if e.word != word {
		return fmt.Errorf("%q: want %q", e.word, word)
	}
	return e.advance()
}

// is goes over a word if it stands there.
func (e *evaluation) is(word string) (bool, error) {
	if e.word != word {
		return false, nil
	}
	return true, e.advance()
}

func (e *evaluation) or() (condition.Expr, error) {
	return e.infix("or", e.and, func(a, b condition.Expr) condition.Expr { return condition.Or{A: a, B: b} })
}

func (e *evaluation) and() (condition.Expr, error) {
	return e.infix("and", e.not, func(a, b condition.Expr) condition.Expr { return condition.And{A: a, B: b} })
}

func (e *evaluation) infix(op string, part func() (condition.Expr, error), join func(a, b condition.Expr) condition.Expr) (condition.Expr, error) {
	x, err := part()
	for err == nil && e.word == op {
		if err = e.advance(); err != nil {
			break
		}
		var y condition.Expr
		y, err = part()
		x = join(x, y)
	}
	return x, err
}

func (e *evaluation) not() (condition.Expr, error) {
	if e.depth++; e.depth > maxTestDepth {
		return nil, fmt.Errorf("more than %d parts in each other", maxTestDepth)
	}
	defer func() { e.depth-- }()
	if ok, err := e.is("not"); ok || err != nil {
		if err != nil {
			return nil, err
		}
		x, err := e.not()
		return condition.Not{X: x}, err
	}
	if ok, err := e.is("("); ok || err != nil {
		if err != nil {
			return nil, err
		}
		x, err := e.or()
		if err != nil {
			return nil, err
		}
		return x, e.take(")")
	}
	return e.test()
}

// test reads a comparison, an option that exists, or a membership.
func (e *evaluation) test() (condition.Expr, error) {
	if ok, err := e.is("member"); ok || err != nil {
		return e.member(err)
	}
	a, err := e.operand()
	if err != nil {
		return nil, err
	}
	if a.exists != nil {
		return a.exists, nil
	}
	if err := e.take("=="); err != nil {
		return nil, err
	}
	b, err := e.operand()
	if err != nil {
		return nil, err
	}
	return equal(a, b)
}

func (e *evaluation) member(err error) (condition.Expr, error) {
	if err != nil {
		return nil, err
	}
	if err := e.take("("); err != nil {
		return nil, err
	}
	name := strings.Trim(e.word, "'")
	if err := e.advance(); err != nil {
		return nil, err
	}
	return e.class(name), e.take(")")
}

// operand is one side of a comparison: a part of the message, or octets; or a
// whole condition that stands in the place of one.
type operand struct {
	part     *condition.Part
	constant []byte
	text     func(value string) (condition.Expr, error) // how a part that is no field is compared
	exists   condition.Expr
}

// equal compares two operands, one of which is constant.
func equal(a, b operand) (condition.Expr, error) {
	if a.part == nil && a.text == nil {
		a, b = b, a
	}
	switch {
	case b.part != nil || b.text != nil || b.exists != nil:
		return nil, fmt.Errorf("a comparison of two parts of the message")
	case a.text != nil:
		return a.text(string(b.constant))
	case a.part != nil:
		return condition.Compare{Part: *a.part, Value: b.constant}, nil
	}
	return condition.Literal(string(a.constant) == string(b.constant)), nil
}

func (e *evaluation) operand() (operand, error) {
	word := e.word
	if err := e.advance(); err != nil {
		return operand{}, err
	}
	switch {
	case strings.HasPrefix(word, "'"):
		return operand{constant: []byte(strings.Trim(word, "'"))}, nil
	case strings.HasPrefix(word, "0x"), strings.HasPrefix(word, "0X"):
		return hexadecimal(word)
	}
	switch word {
	case "option":
		return e.option(func(code uint16) condition.Field { return condition.Of(code) })
	case "relay6":
		return e.relay()
	case "pkt6":
		return e.packet()
	case "pkt":
		return e.datagram()
	case "substring":
		return e.substring()
	case "concat":
		return e.concat()
	case "vendor-class", "vendor":
		return e.vendor(word)
	}
	return e.literal(word)
}

// hexadecimal reads octets such as 0x0007, to which a digit may be missing.
func hexadecimal(word string) (operand, error) {
	digits := word[2:]
	if len(digits)%2 != 0 {
		digits = "0" + digits
	}
	raw, err := hex.DecodeString(digits)
	if err != nil {
		return operand{}, fmt.Errorf("%s: want hexadecimal", word)
	}
	return operand{constant: raw}, nil
}

// literal reads an address, or a number, which is 4 octets to Kea.
func (e *evaluation) literal(word string) (operand, error) {
	if n, err := strconv.ParseUint(word, 10, 32); err == nil && !strings.HasPrefix(e.rest, ":") && e.word != ":" {
		return operand{constant: []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}}, nil
	}
	text := word
	for isAddress(e.word) {
		text += e.word
		if err := e.advance(); err != nil {
			return operand{}, err
		}
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return operand{}, fmt.Errorf("%q has no counterpart in match expressions", word)
	}
	return operand{constant: a.AsSlice()}, nil
}

func isAddress(word string) bool {
	return word != "" && strings.Trim(word, "0123456789abcdefABCDEF:.") == ""
}
