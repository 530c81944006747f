package isc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// Bounds of what is read: no configuration comes near them.
const (
	maxDepth    = 64   // of blocks in each other
	maxWords    = 8192 // of a statement
	maxIncludes = 256  // files
)

// statement is a statement of dhcpd's: words up to a semicolon, or up to a block.
type statement struct {
	words  []token
	block  []*statement
	braces bool // it has a block, perhaps an empty one
	source *migrate.Source
}

// name gives the word that the statement begins with, in lower case.
func (s *statement) name() string { return s.word(0) }

// word gives a word in lower case, or nothing.
func (s *statement) word(n int) string {
	if n >= len(s.words) || s.words[n].quoted {
		return ""
	}
	return strings.ToLower(s.words[n].text)
}

// text gives a word or string as it is, or nothing.
func (s *statement) text(n int) string {
	if n >= len(s.words) {
		return ""
	}
	return s.words[n].text
}

// rest gives the words from the nth on.
func (s *statement) rest(n int) []token { return s.words[min(n, len(s.words)):] }

// origin gives the line of the first word.
func (s *statement) origin() migrate.Origin { return s.source.At(s.words[0].line) }

// parser reads statements. It has read one word ahead, if ahead is set.
type parser struct {
	*lexer
	ahead *token
}

func (p *parser) take() (token, error) {
	if t := p.ahead; t != nil {
		p.ahead = nil
		return *t, nil
	}
	return p.next()
}

// statement reads the next statement. It gives io.EOF at the end of the file,
// and nil at a closing brace.
func (p *parser) statement(depth int) (*statement, error) {
	s := &statement{}
	for {
		t, err := p.take()
		switch {
		case errors.Is(err, io.EOF) && len(s.words) > 0:
			return nil, &lexError{s.words[0].line, fmt.Sprintf("%q: a statement ends with a semicolon", s.words[0].text)}
		case err != nil:
			return nil, err
		case t.is(";"):
			if len(s.words) > 0 {
				return s, nil
			}
		case t.is("}") && len(s.words) == 0:
			return nil, nil
		case t.is("}"):
			return nil, &lexError{t.line, fmt.Sprintf("%q: want a semicolon before the brace", s.words[0].text)}
		case t.is("{"):
			if len(s.words) == 0 {
				return nil, &lexError{t.line, "a block without a name"}
			}
			s.braces = true
			s.block, err = p.blockOf(s.words[0], depth+1)
			return s, err
		case len(s.words) >= maxWords:
			return nil, p.errorf("%q: more than %d words", s.words[0].text, maxWords)
		default:
			s.words = append(s.words, t)
		}
	}
}

// blockOf reads statements up to the closing brace.
func (p *parser) blockOf(name token, depth int) (block []*statement, err error) {
	if depth > maxDepth {
		return nil, &lexError{name.line, fmt.Sprintf("more than %d blocks in each other", maxDepth)}
	}
	for {
		s, err := p.statement(depth)
		if errors.Is(err, io.EOF) {
			return nil, &lexError{name.line, fmt.Sprintf("the block of %q does not end: want a closing brace", name.text)}
		}
		if err != nil || s == nil {
			return block, err
		}
		block = append(block, s)
	}
}

// files reads files with those that they include.
type files struct{ included int }

// parse reads all of a file.
func (f *files) parse(source *migrate.Source) (out []*statement, err error) {
	p := &parser{lexer: newLexer(bytes.NewReader(source.Data))}
	for {
		s, err := p.statement(0)
		switch {
		case errors.Is(err, io.EOF):
			return f.include(source, out)
		case err != nil:
			return nil, located(source, err)
		case s == nil:
			return nil, source.Errorf(p.line, "a closing brace too many")
		}
		out = append(out, s)
	}
}

// located gives the error a file and line.
func located(source *migrate.Source, err error) error {
	var at *lexError
	if errors.As(err, &at) {
		return source.Errorf(at.line, "%s", at.text)
	}
	return fmt.Errorf("%s: %w", source.Name, err)
}

// include puts the statements of included files into their places.
func (f *files) include(source *migrate.Source, in []*statement) (out []*statement, err error) {
	for _, s := range in {
		s.source = source
		if s.name() != "include" {
			if s.block, err = f.include(source, s.block); err != nil {
				return nil, err
			}
			out = append(out, s)
			continue
		}
		if f.included++; f.included > maxIncludes {
			return nil, source.Errorf(s.words[0].line, "include: more than %d files: do they include each other?", maxIncludes)
		}
		more, err := source.Include(s.text(1))
		if err != nil {
			return nil, source.Errorf(s.words[0].line, "include: %v", err)
		}
		inner, err := f.parse(more)
		if err != nil {
			return nil, err
		}
		out = append(out, inner...)
	}
	return out, nil
}
