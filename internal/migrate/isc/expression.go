package isc

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate/condition"
)

// maxNested bounds the parentheses of an expression.
const maxNested = 64

// expression reads a condition of dhcpd's.
type expression struct {
	words  []token
	define func(name string) (definition, bool)
	class  func(name string) condition.Expr
	depth  int
}

// condition reads a whole condition.
func (i *importer) condition(words []token) (condition.Expr, error) {
	e := &expression{words: words, define: i.define, class: i.member}
	x, err := e.or()
	if err == nil && len(e.words) > 0 {
		err = fmt.Errorf("%q: not expected there", e.words[0].text)
	}
	return x, err
}

func (e *expression) peek() token {
	if len(e.words) == 0 {
		return token{}
	}
	return e.words[0]
}

// is goes over a word if it stands there.
func (e *expression) is(word string) bool {
	if !e.peek().is(word) || len(e.words) == 0 {
		return false
	}
	e.words = e.words[1:]
	return true
}

func (e *expression) take(word string) error {
	if !e.is(word) {
		return fmt.Errorf("%q: want %q", e.peek().text, word)
	}
	return nil
}

func (e *expression) deeper() error {
	if e.depth++; e.depth > maxNested {
		return fmt.Errorf("more than %d parts in each other", maxNested)
	}
	return nil
}

func (e *expression) or() (condition.Expr, error) {
	x, err := e.and()
	for err == nil && e.is("or") {
		var y condition.Expr
		y, err = e.and()
		x = condition.Or{A: x, B: y}
	}
	return x, err
}

func (e *expression) and() (condition.Expr, error) {
	x, err := e.not()
	for err == nil && e.is("and") {
		var y condition.Expr
		y, err = e.not()
		x = condition.And{A: x, B: y}
	}
	return x, err
}

func (e *expression) not() (condition.Expr, error) {
	if err := e.deeper(); err != nil {
		return nil, err
	}
	defer func() { e.depth-- }()
	switch {
	case e.is("not"), e.is("!"):
		x, err := e.not()
		return condition.Not{X: x}, err
	case e.is("("):
		x, err := e.or()
		if err != nil {
			return nil, err
		}
		return x, e.take(")")
	case e.is("known"):
		return condition.Is{Text: `host != ""`}, nil
	case e.is("exists"):
		return e.exists()
	case e.is("check"):
		name := e.peek().text
		e.words = e.words[min(1, len(e.words)):]
		return e.class(name), nil
	}
	return e.comparison()
}

func (e *expression) exists() (condition.Expr, error) {
	d, err := e.option()
	return condition.Present{Field: condition.Of(d.code)}, err
}

// option reads the name of an option.
func (e *expression) option() (definition, error) {
	name := e.peek().text
	d, ok := e.define(name)
	if !ok {
		return d, fmt.Errorf("the option %q is none of DHCPv6 that is known", name)
	}
	e.words = e.words[1:]
	return d, nil
}

// comparison reads DATA = DATA, or DATA != DATA.
func (e *expression) comparison() (condition.Expr, error) {
	a, err := e.data()
	if err != nil {
		return nil, err
	}
	unlike := e.is("!=")
	if !unlike && !e.is("=") {
		return nil, fmt.Errorf("%q: want = or !=", e.peek().text)
	}
	b, err := e.data()
	if err != nil {
		return nil, err
	}
	if a.part == nil {
		a, b = b, a
	}
	if a.part == nil || b.part != nil {
		return nil, fmt.Errorf("a comparison in which not just one side is a part of the message")
	}
	value := b.octets
	if b.number != nil {
		value = a.numbered(*b.number)
	}
	return condition.Compare{Part: *a.part, Value: value, Unlike: unlike}, nil
}

// data is one side of a comparison: part of the message, octets, or a number.
type data struct {
	part   *condition.Part
	octets []byte
	number *uint64
	width  int // of the part as a number, in octets; 0: not as a number
}

// numbered writes a number as the octets of what it is compared with.
func (d data) numbered(n uint64) []byte {
	width := d.width
	if width == 0 {
		width = 4
	}
	out := make([]byte, width)
	for i := range out {
		out[i] = byte(n >> (8 * (width - 1 - i)))
	}
	return out
}

func (e *expression) data() (data, error) {
	if err := e.deeper(); err != nil {
		return data{}, err
	}
	defer func() { e.depth-- }()
	if len(e.words) == 0 {
		return data{}, fmt.Errorf("the condition ends early")
	}
	w := e.words[0]
	if w.quoted {
		e.words = e.words[1:]
		return data{octets: []byte(w.text)}, nil
	}
	switch {
	case e.is("option"), e.is("config-option"):
		d, err := e.option()
		part := condition.Whole(condition.Of(d.code))
		return data{part: &part}, err
	case e.is("substring"):
		return e.substring()
	case e.is("v6relay"):
		return e.relay()
	case e.is("extract-int"):
		return e.extract()
	case e.is("encode-int"):
		return e.encode()
	}
	return e.literal(w)
}

// literal reads octets or a number.
func (e *expression) literal(w token) (data, error) {
	if n, err := strconv.ParseUint(w.text, 0, 32); err == nil {
		e.words = e.words[1:]
		return data{number: &n}, nil
	}
	raw, err := ident.ParseHex(w.text)
	if err != nil || !strings.Contains(w.text, ":") {
		return data{}, fmt.Errorf("%q has no counterpart in match expressions", w.text)
	}
	e.words = e.words[1:]
	return data{octets: raw}, nil
}

// substring reads (DATA, FROM, LENGTH).
func (e *expression) substring() (data, error) {
	d, n, err := e.call(2)
	if err != nil {
		return data{}, err
	}
	if d.part == nil {
		return data{}, fmt.Errorf("substring of what is no option")
	}
	part := condition.Part{Field: d.part.Field, From: d.part.From + int(n[0]), Length: int(n[1])}
	if d.part.Length >= 0 {
		part.Length = min(part.Length, max(d.part.Length-int(n[0]), 0))
	}
	return data{part: &part}, nil
}

// extract reads (DATA, BITS): a number at the beginning of an option.
func (e *expression) extract() (data, error) {
	d, n, err := e.call(1)
	if err != nil {
		return data{}, err
	}
	width := int(n[0]) / 8
	if d.part == nil || width != 1 && width != 2 && width != 4 {
		return data{}, fmt.Errorf("extract-int: want an option, and 8, 16 or 32 bits")
	}
	part := *d.part
	if part.Length < 0 || part.Length > width {
		part.Length = width
	}
	return data{part: &part, width: width}, nil
}

// encode reads (NUMBER, BITS).
func (e *expression) encode() (data, error) {
	d, n, err := e.call(1)
	if err != nil {
		return data{}, err
	}
	width := int(n[0]) / 8
	if d.number == nil || width != 1 && width != 2 && width != 4 {
		return data{}, fmt.Errorf("encode-int: want a number, and 8, 16 or 32 bits")
	}
	return data{octets: data{width: width}.numbered(*d.number)}, nil
}

// call reads what stands in parentheses: data, then numbers.
func (e *expression) call(numbers int) (d data, out []uint64, err error) {
	if err := e.take("("); err != nil {
		return d, nil, err
	}
	if d, err = e.data(); err != nil {
		return d, nil, err
	}
	for range numbers {
		if err := e.take(","); err != nil {
			return d, nil, err
		}
		n, err := strconv.ParseUint(e.peek().text, 0, 16)
		if err != nil {
			return d, nil, fmt.Errorf("%q: want a number", e.peek().text)
		}
		e.words = e.words[1:]
		out = append(out, n)
	}
	return d, out, e.take(")")
}

// relay reads (NUMBER, option NAME): an option of a relay agent, which are
// counted from the client, beginning with 1; 33 and more is the last.
func (e *expression) relay() (data, error) {
	if err := e.take("("); err != nil {
		return data{}, err
	}
	n, err := strconv.ParseUint(e.peek().text, 10, 16)
	if err != nil {
		return data{}, fmt.Errorf("v6relay: %q: want the number of a relay agent", e.peek().text)
	}
	e.words = e.words[1:]
	if err := e.take(","); err != nil {
		return data{}, err
	}
	d, err := e.data()
	if err != nil {
		return data{}, err
	}
	if d.part == nil {
		return data{}, fmt.Errorf("v6relay: want an option")
	}
	part := *d.part
	switch {
	case n > 32:
		part.Field.Source, part.Field.Relay = condition.RelayOption, -1
	case n > 8:
		return data{}, fmt.Errorf("v6relay: relay agent %d: want at most 8", n)
	case n > 0:
		part.Field.Source, part.Field.Relay = condition.RelayOption, int(n)-1
	}
	return data{part: &part}, e.take(")")
}
