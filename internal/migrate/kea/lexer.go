package kea

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// Bounds of what is read: no configuration comes near them.
const (
	maxDepth    = 64       // of values in each other
	maxIncludes = 256      // files
	maxNested   = 16       // files that include each other
	maxOctets   = 64 << 20 // of all files
)

// token is a word of Kea's JSON.
type token struct {
	kind byte   // one of {}[]:, or s for a string, w for a number or literal, 0 at the end
	text string // of a string or word
	at   place
}

// place is a line of a file.
type place struct {
	source *migrate.Source
	line   int
}

func (p place) origin() migrate.Origin { return p.source.At(p.line) }

func (p place) errorf(format string, args ...any) error {
	return p.source.Errorf(p.line, format, args...)
}

// scanner reads one file.
type scanner struct {
	source *migrate.Source
	pos    int
	line   int
}

// lexer reads the words of a file and of those that it includes, as if they
// stood in it.
type lexer struct {
	files    []*scanner
	includes int
	octets   int
}

func newLexer(s *migrate.Source) *lexer {
	return &lexer{files: []*scanner{{source: s, line: 1}}, octets: len(s.Data)}
}

// next gives the next word.
func (l *lexer) next() (token, error) {
	for {
		s := l.files[len(l.files)-1]
		if err := s.skipSpace(); err != nil {
			return token{}, err
		}
		switch {
		case s.pos < len(s.source.Data) && s.has("<?"):
			if err := l.include(s); err != nil {
				return token{}, err
			}
		case s.pos < len(s.source.Data):
			return s.word()
		case len(l.files) == 1:
			return token{at: place{s.source, s.line}}, nil
		default:
			l.files = l.files[:len(l.files)-1]
		}
	}
}

func (s *scanner) has(prefix string) bool {
	return strings.HasPrefix(string(s.source.Data[s.pos:min(s.pos+len(prefix), len(s.source.Data))]), prefix)
}

// skipSpace goes over white space and comments, of which Kea has three kinds.
func (s *scanner) skipSpace() error {
	data := s.source.Data
	for s.pos < len(data) {
		switch c := data[s.pos]; {
		case c == '\n':
			s.line++
			s.pos++
		case c == ' ' || c == '\t' || c == '\r':
			s.pos++
		case c == '#' || s.has("//"):
			for s.pos < len(data) && data[s.pos] != '\n' {
				s.pos++
			}
		case s.has("/*"):
			if err := s.skipComment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func (s *scanner) skipComment() error {
	end := strings.Index(string(s.source.Data[s.pos:]), "*/")
	if end < 0 {
		return s.source.Errorf(s.line, "the comment does not end: want */")
	}
	text := s.source.Data[s.pos : s.pos+end+2]
	s.line += strings.Count(string(text), "\n")
	s.pos += len(text)
	return nil
}

// include begins with a file that <?include "NAME"?> names.
func (l *lexer) include(s *scanner) error {
	end := strings.Index(string(s.source.Data[s.pos:]), "?>")
	if end < 0 {
		return s.source.Errorf(s.line, "the directive does not end: want ?>")
	}
	directive := string(s.source.Data[s.pos+2 : s.pos+end])
	at := s.line
	s.line += strings.Count(directive, "\n")
	s.pos += end + 2
	name, ok := strings.CutPrefix(strings.TrimSpace(directive), "include")
	name = strings.Trim(strings.TrimSpace(name), `"`)
	if !ok || name == "" {
		return s.source.Errorf(at, `%q: want <?include "FILE"?>`, directive)
	}
	if l.includes++; l.includes > maxIncludes || len(l.files) >= maxNested {
		return s.source.Errorf(at, "include %q: more files than can be: do they include each other?", name)
	}
	included, err := s.source.Include(name)
	if err != nil {
		return s.source.Errorf(at, "include: %v", err)
	}
	if l.octets += len(included.Data); l.octets > maxOctets {
		return s.source.Errorf(at, "include %q: all files together are longer than %d MiB", name, maxOctets>>20)
	}
	l.files = append(l.files, &scanner{source: included, line: 1})
	return nil
}

// word reads a word that begins here.
func (s *scanner) word() (token, error) {
	at := place{s.source, s.line}
	c := s.source.Data[s.pos]
	switch {
	case strings.IndexByte("{}[]:,", c) >= 0:
		s.pos++
		return token{kind: c, at: at}, nil
	case c == '"':
		return s.quoted(at)
	}
	begin := s.pos
	for s.pos < len(s.source.Data) && isWord(s.source.Data[s.pos]) {
		s.pos++
	}
	if begin == s.pos {
		return token{}, at.errorf("%q: want JSON", c)
	}
	return token{kind: 'w', text: string(s.source.Data[begin:s.pos]), at: at}, nil
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.'
}

// quoted reads a string, with the escapes of JSON.
func (s *scanner) quoted(at place) (token, error) {
	data := s.source.Data
	for end := s.pos + 1; end < len(data) && data[end] != '\n'; end++ {
		switch data[end] {
		case '\\':
			end++
		case '"':
			var text string
			if err := json.Unmarshal(data[s.pos:end+1], &text); err != nil {
				return token{}, at.errorf("string %s: %v", data[s.pos:end+1], err)
			}
			s.pos = end + 1
			return token{kind: 's', text: text, at: at}, nil
		}
	}
	return token{}, at.errorf("the string does not end on its line")
}

// String describes a word for messages.
func (t token) String() string {
	switch t.kind {
	case 0:
		return "the end of the file"
	case 's':
		return fmt.Sprintf("%q", t.text)
	case 'w':
		return t.text
	}
	return fmt.Sprintf("%q", string(t.kind))
}
