package kea

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/stage6/stage6/internal/migrate/condition"
)

// index reads [NAME], [CODE] or [*].
func (e *evaluation) index() (string, error) {
	if err := e.take("["); err != nil {
		return "", err
	}
	name := e.word
	if err := e.advance(); err != nil {
		return "", err
	}
	return name, e.take("]")
}

// suffix reads what stands behind a dot.
func (e *evaluation) suffix() (string, error) {
	if err := e.take("."); err != nil {
		return "", err
	}
	name := e.word
	return name, e.advance()
}

// option reads [CODE].hex, .text or .exists.
func (e *evaluation) option(of func(code uint16) condition.Field) (operand, error) {
	name, err := e.index()
	if err != nil {
		return operand{}, err
	}
	code, ok := optionCode(name)
	if !ok {
		return operand{}, fmt.Errorf("option[%s]: not an option that is known", name)
	}
	how, err := e.suffix()
	if err != nil {
		return operand{}, err
	}
	switch field := of(code); how {
	case "exists":
		return operand{exists: condition.Present{Field: field}}, nil
	case "hex", "text":
		part := condition.Whole(field)
		return operand{part: &part}, nil
	case "option":
		return operand{}, fmt.Errorf("options inside of option %d", code)
	}
	return operand{}, fmt.Errorf("option[%s].%s", name, how)
}

// optionCode gives the code of an option by its name or number.
func optionCode(name string) (uint16, bool) {
	if n, err := strconv.ParseUint(name, 10, 16); err == nil {
		return uint16(n), true
	}
	d, ok := standardOption(name)
	return d.code, ok
}

// relay reads [LEVEL].option[...], .peeraddr or .linkaddr. Kea counts from the
// server, and with negative numbers from the client.
func (e *evaluation) relay() (operand, error) {
	name, err := e.index()
	if err != nil {
		return operand{}, err
	}
	n, err := strconv.Atoi(name)
	if err != nil || n < -9 || n > 8 {
		return operand{}, fmt.Errorf("relay6[%s]: want a number of a relay agent", name)
	}
	level := -n - 1
	how, err := e.suffix()
	if err != nil {
		return operand{}, err
	}
	part := condition.Part{Length: -1}
	switch how {
	case "option":
		return e.option(func(code uint16) condition.Field {
			return condition.Field{Source: condition.RelayOption, Code: code, Relay: level}
		})
	case "peeraddr":
		part.Field = condition.Field{Source: condition.Peer, Relay: level}
	case "linkaddr":
		part.Field = condition.Field{Source: condition.LinkAddress, Relay: level}
	default:
		return operand{}, fmt.Errorf("relay6[%s].%s", name, how)
	}
	return operand{part: &part}, nil
}

// packet reads .msgtype.
func (e *evaluation) packet() (operand, error) {
	how, err := e.suffix()
	if err != nil || how != "msgtype" {
		return operand{}, fmt.Errorf("pkt6.%s has no counterpart in match expressions", how)
	}
	return operand{text: messageType}, nil
}

func messageType(value string) (condition.Expr, error) {
	names := map[uint32]string{1: "solicit", 3: "request", 4: "confirm", 5: "renew", 6: "rebind", 8: "release", 9: "decline", 11: "information-request"}
	name := ""
	if len(value) == 4 {
		name = names[binary.BigEndian.Uint32([]byte(value))]
	}
	if name == "" {
		return condition.Literal(false), nil
	}
	return condition.Is{Text: fmt.Sprintf("type == %q", name)}, nil
}

// datagram reads .iface, which is the link of a client that is on it.
func (e *evaluation) datagram() (operand, error) {
	how, err := e.suffix()
	if err != nil || how != "iface" {
		return operand{}, fmt.Errorf("pkt.%s has no counterpart in match expressions", how)
	}
	return operand{text: func(value string) (condition.Expr, error) {
		return condition.Is{Text: fmt.Sprintf("link == %q", value)}, nil
	}}, nil
}

// substring reads (OPERAND, FROM, LENGTH).
func (e *evaluation) substring() (operand, error) {
	if err := e.take("("); err != nil {
		return operand{}, err
	}
	inner, err := e.operandWithin()
	if err != nil {
		return operand{}, err
	}
	from, err := e.argument()
	if err != nil {
		return operand{}, err
	}
	length, err := e.argument()
	if err != nil {
		return operand{}, err
	}
	if inner.part == nil || from < 0 || length < -1 {
		return operand{}, fmt.Errorf("substring of something that is no whole option, or from its end")
	}
	part := condition.Part{Field: inner.part.Field, From: inner.part.From + from, Length: length}
	if inner.part.Length >= 0 && (length < 0 || from+length > inner.part.Length) {
		part.Length = max(inner.part.Length-from, 0)
	}
	return operand{part: &part}, e.take(")")
}

// operandWithin reads an operand in parentheses, to a bounded depth.
func (e *evaluation) operandWithin() (operand, error) {
	if e.depth++; e.depth > maxTestDepth {
		return operand{}, fmt.Errorf("more than %d parts in each other", maxTestDepth)
	}
	defer func() { e.depth-- }()
	return e.operand()
}

// argument reads a comma and a number, or all, which is -1.
func (e *evaluation) argument() (int, error) {
	if err := e.take(","); err != nil {
		return 0, err
	}
	word := e.word
	if err := e.advance(); err != nil {
		return 0, err
	}
	if word == "all" {
		return -1, nil
	}
	n, err := strconv.Atoi(word)
	if err != nil || n < 0 || n > 65535 {
		return 0, fmt.Errorf("substring: %q: want a number that is not negative, or all", word)
	}
	return n, nil
}

// concat reads (OPERAND, OPERAND) of octets that are constant.
func (e *evaluation) concat() (operand, error) {
	if err := e.take("("); err != nil {
		return operand{}, err
	}
	a, err := e.operandWithin()
	if err != nil {
		return operand{}, err
	}
	if err := e.take(","); err != nil {
		return operand{}, err
	}
	b, err := e.operandWithin()
	if err != nil {
		return operand{}, err
	}
	if a.constant == nil || b.constant == nil {
		return operand{}, fmt.Errorf("concat of what is not constant")
	}
	return operand{constant: append(a.constant[:len(a.constant):len(a.constant)], b.constant...)}, e.take(")")
}

// vendor reads what stands behind vendor-class or vendor: an enterprise number
// in brackets, or a dot.
func (e *evaluation) vendor(which string) (operand, error) {
	if e.word == "." {
		return e.vendorPart(which, "*")
	}
	enterprise, err := e.index()
	if err != nil {
		return operand{}, err
	}
	return e.vendorPart(which, enterprise)
}

func (e *evaluation) vendorPart(which, enterprise string) (operand, error) {
	how, err := e.suffix()
	if err != nil {
		return operand{}, err
	}
	if which == "vendor" {
		return vendorOptions(how, enterprise)
	}
	of := func(x condition.Expr) condition.Expr {
		if enterprise == "*" {
			return x
		}
		return condition.And{A: condition.Is{Text: "vendor_enterprise == " + enterprise}, B: x}
	}
	if _, err := strconv.ParseUint(enterprise, 10, 32); err != nil && enterprise != "*" {
		return operand{}, fmt.Errorf("vendor-class[%s]: want a number", enterprise)
	}
	switch how {
	case "exists":
		return operand{exists: of(condition.Present{Field: condition.Of(16)})}, nil
	case "enterprise":
		part := condition.Part{Field: condition.Of(16), Length: 4}
		return operand{part: &part}, nil
	case "data":
		return e.vendorData(of)
	}
	return operand{}, fmt.Errorf("vendor-class.%s", how)
}

// vendorData reads which of the vendor classes is meant: of one that has
// several, any counts here.
func (e *evaluation) vendorData(of func(condition.Expr) condition.Expr) (operand, error) {
	if e.word == "[" {
		if _, err := e.index(); err != nil {
			return operand{}, err
		}
	}
	return operand{text: func(value string) (condition.Expr, error) {
		return of(condition.Is{Text: fmt.Sprintf("vendor_class == %q", value)}), nil
	}}, nil
}

func vendorOptions(how, enterprise string) (operand, error) {
	part := condition.Part{Field: condition.Of(17), Length: 4}
	switch {
	case how == "enterprise":
		return operand{part: &part}, nil
	case how == "exists" && enterprise == "*":
		return operand{exists: condition.Present{Field: condition.Of(17)}}, nil
	case how == "exists":
		n, err := strconv.ParseUint(enterprise, 10, 32)
		return operand{exists: condition.Compare{Part: part, Value: binary.BigEndian.AppendUint32(nil, uint32(n))}}, err
	}
	return operand{}, fmt.Errorf("vendor[%s].%s has no counterpart in match expressions", strings.TrimSpace(enterprise), how)
}
