package strict

import (
	"bytes"
	"io"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTries bounds how many lines syntaxError looks back, maxReparse how many
// octets it parses for that, maxQuoted how long a value it advises to quote.
const (
	maxTries   = 64
	maxReparse = 16 << 20
	maxQuoted  = 200
)

// syntaxError gives the library's error about the text of s a place, and
// advice where an address or an expression wants quotes.
func (s *source) syntaxError(cause error) error {
	text := strings.TrimPrefix(cause.Error(), "yaml: ")
	place := libraryPlace.FindString(text)
	text = text[len(place):]
	n := s.brokenLine()
	if n == 0 {
		n = libraryLine(place)
	}
	line := s.line(n)
	at, advice := explain(line)
	if s.misindented(n) {
		at = indentation(line)
		advice = ": the line begins at a column at which no list or map above it has its entries"
	}
	return s.errorf(n, utf8.RuneCountInString(line[:at])+1, "%s%s", text, advice)
}

// explain finds what is wrong on a line that does not parse: where it begins,
// and advice to append to the error.
func explain(line string) (int, string) {
	if i := strings.IndexByte(line, '\t'); i >= 0 && strings.TrimLeft(line[:i], " ") == "" {
		return i, ": a tab in the indentation, want spaces"
	}
	if i := strings.IndexFunc(line, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }); i >= 0 {
		return i, ""
	}
	if at, value := unquoted(line); value != "" {
		return at, ": quote it: " + quote(value)
	}
	at, _ := lineValue(line)
	return at, ""
}

// libraryLine gives the line in a match of libraryPlace, or 1.
func libraryLine(place string) int {
	n, err := strconv.Atoi(strings.Trim(place, "line: "))
	if err != nil {
		return 1
	}
	return n
}

// brokenLine gives the number of the line where the text stops being YAML: the
// first after the longest run of whole lines that parses. The library reads
// only a little ahead, so what it has read when it fails tells where to begin.
// It is 0 if that is too far away, as where a quote is not closed.
func (s *source) brokenLine() int {
	read := &counter{data: s.data}
	_, _ = load(read) // fails as it did before; only read.n matters
	last := s.lineAt(max(0, read.n-1))
	spent := 0
	for n := last; n > 0 && last-n < maxTries && spent < maxReparse; n-- {
		before := s.data[:s.lines[n-1]]
		if _, err := load(bytes.NewReader(before)); err == nil {
			return n
		}
		spent += len(before)
	}
	return 0
}

// counter is a reader that gives one octet at a time and counts them.
type counter struct {
	data []byte
	n    int
}

// Read gives the next octet.
func (c *counter) Read(p []byte) (int, error) {
	if c.n == len(c.data) {
		return 0, io.EOF
	}
	p[0] = c.data[c.n]
	c.n++
	return 1, nil
}

// unquoted finds what on a line that does not parse looks like it wants
// quotes, and where it begins.
func unquoted(line string) (int, string) {
	if at, value := lineValue(line); wantsQuotes(value) {
		return at, value
	}
	if at, w := unquotedAddress(line); w != "" {
		return at, w
	}
	if m := indexed.FindStringSubmatchIndex(line); m != nil {
		return m[2], strings.TrimSpace(line[m[2]:m[3]])
	}
	return 0, ""
}

// unquotedAddress finds the address on a line that is the likeliest to want
// quotes, one with a colon at an end if there is one, and where it begins.
func unquotedAddress(line string) (at int, address string) {
	for _, m := range word.FindAllStringIndex(line, -1) {
		begin, w := m[0], line[m[0]:m[1]]
		if !strings.Contains(w, "]:") { // the brackets are those of a flow list
			begin, w = begin+len(w)-len(strings.TrimLeft(w, "[")), strings.Trim(w, "[]")
		}
		if !isAddress(w) {
			continue
		}
		if w[0] == ':' || w[len(w)-1] == ':' {
			return begin, w
		}
		if address == "" {
			at, address = begin, w
		}
	}
	return at, address
}

// word is what an unquoted address in a list or map could be.
var word = regexp.MustCompile(`\[?[0-9a-fA-F:.%/]*::[^\s,{}"'\[\]]*\]?(:\d+)?`)

// indexed is what an unquoted expression with an index in a flow map could be.
var indexed = regexp.MustCompile(`\{.*:\s+([\w.]+[^,{}\[]*\[[^,{}]*)`)

// lineValue gives what stands on a line after its "- " and "key: ", without a
// comment, and where.
func lineValue(line string) (int, string) {
	at := len(linePrefix.FindString(line))
	value, _, _ := strings.Cut(line[at:], " #")
	return at, strings.TrimSpace(value)
}

var linePrefix = regexp.MustCompile(`^\s*(- +)*([\w.-]+: +)?`)

// wantsQuotes says whether a value that does not parse would as a quoted one.
func wantsQuotes(value string) bool {
	if value == "" || len(value) > maxQuoted {
		return false
	}
	switch value[0] {
	case '%', '@', '`', '*', '&', '!':
		return true
	case '\'', '"': // "x" == y
		end := strings.IndexByte(value[1:], value[0])
		return end >= 0 && end+2 < len(value)
	case '[': // [::1]:547
		return !strings.HasSuffix(value, "]") && isAddress(value)
	case '{', ':':
		return false
	}
	return strings.Contains(value, ": ") || strings.HasSuffix(value, ":")
}

// isAddress says whether w is an IPv6 address or prefix, perhaps in brackets,
// perhaps with a port.
func isAddress(w string) bool {
	if rest, ok := strings.CutPrefix(w, "["); ok {
		inside, after, ok := strings.Cut(rest, "]")
		return ok && (after == "" || after[0] == ':') && isAddress(inside)
	}
	a, err := netip.ParseAddr(w)
	if err == nil {
		return a.Is6()
	}
	p, err := netip.ParsePrefix(w)
	return err == nil && p.Addr().Is6()
}

// quote writes a value in single quotes, or in double ones if that is plainer.
func quote(value string) string {
	if strings.Contains(value, "'") && !strings.ContainsAny(value, `"\`) {
		return `"` + value + `"`
	}
	return "'" + strings.ReplaceAll(value, "'", "''") + "'"
}
