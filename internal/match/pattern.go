package match

import (
	"bytes"
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// maxPattern is the size of the largest regular expression, in instructions.
// A text is matched in time proportional to its length and to this.
const maxPattern = 1000

// manyConstants is from how many constants on a map is looked up.
const manyConstants = 8

// pattern is a comparison of a text with constants. Its functions are nil
// where the machine compares.
type pattern struct {
	op  operator
	str func(string) bool
	raw func([]byte) bool
}

func newPattern(what Info, op operator, with []constant) (pattern, error) {
	texts, err := stringsOf(what, with)
	if err != nil {
		return pattern{}, err
	}
	if op.name == "in" {
		op.name = "=="
	}
	p := pattern{op: op}
	want, bytesWanted := texts[0], []byte(texts[0])
	switch op.name {
	case "==":
		p.equal(texts)
	case "startsWith":
		p.str = func(s string) bool { return strings.HasPrefix(s, want) }
		p.raw = func(b []byte) bool { return len(b) >= len(want) && string(b[:len(want)]) == want }
	case "endsWith":
		p.str = func(s string) bool { return strings.HasSuffix(s, want) }
		p.raw = func(b []byte) bool { return len(b) >= len(want) && string(b[len(b)-len(want):]) == want }
	case "contains":
		p.str = func(s string) bool { return strings.Contains(s, want) }
		p.raw = func(b []byte) bool { return bytes.Contains(b, bytesWanted) }
	case "matches":
		re, err := compilePattern(with[0])
		if err != nil {
			return pattern{}, err
		}
		p.str, p.raw = re.MatchString, re.Match
	}
	return p, nil
}

func (p *pattern) equal(texts []string) {
	want := texts[0]
	switch {
	case len(texts) == 1:
		p.str = func(s string) bool { return s == want }
		p.raw = func(b []byte) bool { return string(b) == want }
	case len(texts) < manyConstants:
		p.str = func(s string) bool { return slices.Contains(texts, s) }
		p.raw = func(b []byte) bool {
			return slices.ContainsFunc(texts, func(t string) bool { return t == string(b) })
		}
	default:
		set := make(map[string]bool, len(texts))
		for _, t := range texts {
			set[t] = true
		}
		p.str = func(s string) bool { return set[s] }
		p.raw = func(b []byte) bool { return set[string(b)] }
	}
}

// compilePattern compiles a regular expression of bounded size.
func compilePattern(c constant) (*regexp.Regexp, error) {
	text, ok := c.value.(string)
	if !ok {
		return nil, faultf(c.node, "want a regular expression in quotes")
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, faultf(c.node, "regular expression: %s", patternFault(err))
	}
	if n := instructions(parsed); n > maxPattern {
		return nil, faultf(c.node, "the regular expression has about %d instructions, want at most %d", n, maxPattern)
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, faultf(c.node, "regular expression: %v", err)
	}
	return re, nil
}

// patternFault says what is wrong with a regular expression, and with which
// part of it unless that is long.
func patternFault(err error) string {
	const longest = 64
	fault := &syntax.Error{}
	if errors.As(err, &fault) && len(fault.Expr) > longest {
		return fault.Code.String()
	}
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}

// instructions estimates the size of the compiled expression.
func instructions(re *syntax.Regexp) int {
	n := 1
	switch re.Op {
	case syntax.OpLiteral:
		n = len(re.Rune)
	case syntax.OpCharClass:
		n += len(re.Rune) / 16
	}
	for _, sub := range re.Sub {
		n += instructions(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return n
}
