// Package braces reads files of statements that end with a semicolon and may have
// others in braces, as those of the two servers named dhcp6s.
package braces

import (
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// Statement is some words and, perhaps, what stands in braces behind them.
type Statement struct {
	Words  []string // without quotes
	Block  []Statement
	Braces bool // there are braces
	Origin migrate.Origin
}

// Word gives a word by its place, or nothing.
func (s Statement) Word(i int) string {
	if i < len(s.Words) {
		return s.Words[i]
	}
	return ""
}

// Starts says whether the statement begins with words.
func (s Statement) Starts(words ...string) bool {
	if len(s.Words) < len(words) {
		return false
	}
	for i, w := range words {
		if s.Words[i] != w {
			return false
		}
	}
	return true
}

// Bounds of a file.
const (
	maxDepth = 32
	maxWord  = 4096 // octets
)

// Parse reads all statements of a file.
func Parse(s *migrate.Source) ([]Statement, error) {
	p := &parser{source: s, text: string(s.Data), line: 1}
	out, err := p.block(0)
	if err != nil {
		return nil, err
	}
	return out, nil
}

type parser struct {
	source *migrate.Source
	text   string // what is not read yet
	line   int
}

// block reads statements up to the end of the file or, inside of braces, up to the
// one that closes them.
func (p *parser) block(depth int) (out []Statement, err error) {
	if depth > maxDepth {
		return nil, p.source.Errorf(p.line, "braces inside braces, more than %d deep", maxDepth)
	}
	var now Statement
	end := func() {
		if len(now.Words) > 0 || now.Braces {
			out = append(out, now)
		}
		now = Statement{}
	}
	for {
		word, kind, err := p.next()
		if err != nil {
			return nil, err
		}
		if now.Words == nil && !now.Braces {
			now.Origin = p.source.At(p.line)
		}
		switch kind {
		case isWord:
			if now.Braces { // no semicolon stands behind the braces before
				end()
				now.Origin = p.source.At(p.line)
			}
			now.Words = append(now.Words, word)
		case isEnd:
			end()
		case isOpen:
			if now.Braces {
				return nil, p.source.Errorf(p.line, "a second %q in one statement", "{")
			}
			if now.Block, err = p.block(depth + 1); err != nil {
				return nil, err
			}
			now.Braces = true
		case isClose, isEOF:
			if (kind == isClose) != (depth > 0) {
				return nil, p.unbalanced(kind)
			}
			end()
			return out, nil
		}
	}
}

func (p *parser) unbalanced(kind kind) error {
	if kind == isClose {
		return p.source.Errorf(p.line, "%q closes nothing", "}")
	}
	return p.source.Errorf(p.line, "the file ends before a %q", "}")
}

// kind is that of a token.
type kind int

const (
	isWord kind = iota
	isEnd
	isOpen
	isClose
	isEOF
)

// next reads a token.
func (p *parser) next() (word string, k kind, err error) {
	p.skip()
	if p.text == "" {
		return "", isEOF, nil
	}
	switch c := p.text[0]; c {
	case ';':
		k = isEnd
	case '{':
		k = isOpen
	case '}':
		k = isClose
	case '"':
		return p.quoted()
	default:
		return p.word()
	}
	p.text = p.text[1:]
	return "", k, nil
}

// skip leaves white space and comments out.
func (p *parser) skip() {
	for p.text != "" {
		switch c := p.text[0]; {
		case c == '\n':
			p.line++
			p.text = p.text[1:]
		case c == ' ' || c == '\t' || c == '\r':
			p.text = p.text[1:]
		case c == '#':
			_, rest, _ := strings.Cut(p.text, "\n")
			p.text = p.text[len(p.text)-len(rest):]
			p.line++
		default:
			return
		}
	}
}

func (p *parser) word() (string, kind, error) {
	n := strings.IndexAny(p.text, " \t\r\n;{}\"#")
	if n < 0 {
		n = len(p.text)
	}
	if n > maxWord {
		return "", 0, p.source.Errorf(p.line, "a word of more than %d octets", maxWord)
	}
	word := p.text[:n]
	p.text = p.text[n:]
	return word, isWord, nil
}

func (p *parser) quoted() (string, kind, error) {
	word, rest, closed := strings.Cut(p.text[1:], `"`)
	if !closed || len(word) > maxWord || strings.Contains(word, "\n") {
		return "", 0, p.source.Errorf(p.line, "a quote (\") is missing at the end of the line")
	}
	p.text = rest
	return word, isWord, nil
}
