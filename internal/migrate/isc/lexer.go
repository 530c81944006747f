package isc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxToken bounds a word or string, in octets.
const maxToken = 64 << 10

// token is a word of a file of dhcpd's.
type token struct {
	text   string
	line   int
	quoted bool // it stood in quotes, and its escapes are undone
}

// is says whether the token is this word or sign.
func (t token) is(word string) bool { return !t.quoted && strings.EqualFold(t.text, word) }

// lexer reads words: names, numbers, addresses and octets in hexadecimal as they
// are written, signs alone, strings without their quotes.
type lexer struct {
	in   *bufio.Reader
	line int
}

func newLexer(in io.Reader) *lexer {
	return &lexer{in: bufio.NewReaderSize(in, 64<<10), line: 1}
}

// lexError is something that cannot be read, in a line.
type lexError struct {
	line int
	text string
}

func (e *lexError) Error() string { return e.text }

func (l *lexer) errorf(format string, args ...any) error {
	return &lexError{l.line, fmt.Sprintf(format, args...)}
}

// next gives the next word, or io.EOF.
func (l *lexer) next() (token, error) {
	c, err := l.skip()
	if err != nil {
		return token{}, err
	}
	t := token{line: l.line}
	switch {
	case c == '"':
		t.quoted = true
		t.text, err = l.quoted()
	case isWord(c):
		t.text, err = l.word(c)
	default:
		t.text = string(c)
		t.text += l.second(c)
	}
	return t, err
}

// skip goes over white space and comments, and gives the octet behind them.
func (l *lexer) skip() (byte, error) {
	for {
		c, err := l.in.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case '\n':
			l.line++
		case ' ', '\t', '\r':
		case '#':
			if err := l.comment(); err != nil {
				return 0, err
			}
		default:
			return c, nil
		}
	}
}

func (l *lexer) comment() error {
	for {
		c, err := l.in.ReadByte()
		if err != nil {
			return err
		}
		if c == '\n' {
			l.line++
			return nil
		}
	}
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.:%/", c) >= 0
}

func (l *lexer) word(first byte) (string, error) {
	out := []byte{first}
	for len(out) < maxToken {
		c, err := l.in.ReadByte()
		if errors.Is(err, io.EOF) {
			return string(out), nil
		}
		if err != nil {
			return "", err
		}
		if !isWord(c) {
			return string(out), l.in.UnreadByte()
		}
		out = append(out, c)
	}
	return "", l.errorf("a word is longer than %d octets", maxToken)
}

// second reads the second sign of !=, ~= and ~~.
func (l *lexer) second(first byte) string {
	next, err := l.in.Peek(1)
	if err != nil || !(first == '!' && next[0] == '=' || first == '~' && (next[0] == '=' || next[0] == '~')) {
		return ""
	}
	_, _ = l.in.Discard(1) // it was peeked at
	return string(next)
}

// quoted reads a string up to its second quote.
func (l *lexer) quoted() (string, error) {
	begin := l.line
	var out []byte
	for len(out) < maxToken {
		c, err := l.in.ReadByte()
		if errors.Is(err, io.EOF) {
			return "", &lexError{begin, "the string does not end"}
		}
		if err != nil {
			return "", err
		}
		switch c {
		case '"':
			return string(out), nil
		case '\n':
			l.line++
			out = append(out, c)
		case '\\':
			b, err := l.escape()
			if err != nil {
				return "", err
			}
			out = append(out, b)
		default:
			out = append(out, c)
		}
	}
	return "", l.errorf("a string is longer than %d octets", maxToken)
}

// escape reads what stands behind a backslash: a letter, up to three octal
// digits, or x and up to two hexadecimal ones.
func (l *lexer) escape() (byte, error) {
	c, err := l.in.ReadByte()
	if err != nil {
		return 0, l.errorf("the string does not end")
	}
	switch {
	case c == 't':
		return '\t', nil
	case c == 'r':
		return '\r', nil
	case c == 'n':
		return '\n', nil
	case c == 'b':
		return '\b', nil
	case c == 'x':
		return l.digits(0, 2, 16)
	case c >= '0' && c <= '7':
		return l.digits(uint(c-'0'), 2, 8)
	}
	return c, nil
}

// digits reads up to n further digits of a base.
func (l *lexer) digits(value uint, n int, base uint) (byte, error) {
	for range n {
		next, err := l.in.Peek(1)
		if err != nil {
			break
		}
		d := strings.IndexByte("0123456789abcdef", next[0]|0x20)
		if next[0] >= '0' && next[0] <= '9' {
			d = int(next[0] - '0')
		}
		if d < 0 || uint(d) >= base {
			break
		}
		value = value*base + uint(d)
		_, _ = l.in.Discard(1) // it was peeked at
	}
	return byte(value), nil
}
