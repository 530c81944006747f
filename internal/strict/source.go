package strict

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// source is the text of a file, for looking up what stands at a place.
type source struct {
	file  string
	data  []byte // without byte order mark
	lines []int  // where each line begins
}

func newSource(file string, data []byte) *source {
	s := &source{file: file, data: bytes.TrimPrefix(data, []byte("\ufeff"))}
	s.lines = append(s.lines, 0)
	for i := 0; i < len(s.data); {
		n := lineBreak(s.data[i:])
		if n == 0 {
			i++
			continue
		}
		i += n
		s.lines = append(s.lines, i)
	}
	return s
}

// lineBreak gives the length of the line break that b begins with, or 0. These
// are the breaks that the YAML library counts.
func lineBreak(b []byte) int {
	switch b[0] {
	case '\n':
		return 1
	case '\r':
		if len(b) > 1 && b[1] == '\n' {
			return 2
		}
		return 1
	case 0xc2: // NEL
		if len(b) > 1 && b[1] == 0x85 {
			return 2
		}
	case 0xe2: // LS and PS
		if len(b) > 2 && b[1] == 0x80 && b[2]&^1 == 0xa8 {
			return 3
		}
	}
	return 0
}

// line gives the text of a line, counted from 1, without its break. A line
// that does not exist is empty.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	end := len(s.data)
	if n < len(s.lines) {
		end = s.lines[n]
	}
	return strings.TrimRight(string(s.data[s.lines[n-1]:end]), "\r\n\u0085\u2028\u2029")
}

// offset gives where the text at a line and column is, both counted from 1,
// the column in characters.
func (s *source) offset(line, column int) int {
	c := cursor{src: s}
	return c.offset(line, column)
}

// cursor finds places fast when they are asked for in their order: a file may
// be one long line.
type cursor struct {
	src              *source
	line, column, at int
}

func (c *cursor) offset(line, column int) int {
	if line < 1 || line > len(c.src.lines) {
		return len(c.src.data)
	}
	if line != c.line || column < c.column {
		c.line, c.column, c.at = line, 1, c.src.lines[line-1]
	}
	for ; c.column < column && c.at < len(c.src.data); c.column++ {
		_, size := utf8.DecodeRune(c.src.data[c.at:])
		c.at += size
	}
	return c.at
}

// lineAt gives the line that the octet at offset is in.
func (s *source) lineAt(offset int) int {
	n := len(s.lines)
	for n > 1 && s.lines[n-1] > offset {
		n--
	}
	return n
}

// checkUTF8 gives an error for the first octet that is not UTF-8, or nil.
func (s *source) checkUTF8() error {
	if utf8.Valid(s.data) {
		return nil
	}
	i := 0
	for {
		r, size := utf8.DecodeRune(s.data[i:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		i += size
	}
	line := s.lineAt(i)
	column := utf8.RuneCount(s.data[s.lines[line-1]:i]) + 1
	return s.errorf(line, column, "octet 0x%02x is not UTF-8", s.data[i])
}
