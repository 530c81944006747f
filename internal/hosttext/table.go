package hosttext

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stage6/stage6/internal/strict"
)

// table reads a CSV file (RFC 4180) by the names of its columns. Its cells may
// be separated by commas, semicolons or tabs, its lines may end in any way,
// and lines that begin with # are comments.
type table struct {
	file    string
	data    []byte // without byte order mark
	lines   []int  // where each line begins
	ascii   bool
	r       *csv.Reader
	known   []string       // names that columns may have; the first must be there
	columns []string       // in the order of the file; nothing for one without a name
	cells   map[string]int // indexes in columns
	record  []string
	errs    []error
}

// newTable reads the first line of a file, which names the columns; known are
// the names that there are.
func newTable(file string, data []byte, known []string) (*table, error) {
	t := &table{file: file, known: known, data: bytes.TrimPrefix(data, []byte("\ufeff"))}
	if len(data) > strict.MaxSize {
		return nil, t.at(1, 1, "").Err("%d octets, want at most %d", len(data), strict.MaxSize)
	}
	t.index()
	if err := t.checkUTF8(); err != nil {
		return nil, err
	}
	t.r = csv.NewReader(bytes.NewReader(t.data))
	t.r.Comma = separator(t.data)
	t.r.Comment, t.r.FieldsPerRecord, t.r.ReuseRecord = '#', -1, true
	if !t.next() {
		return t, strict.Join(t.errs...)
	}
	t.header()
	return t, strict.Join(t.errs...)
}

// index notes where lines begin.
func (t *table) index() {
	t.ascii = true
	t.lines = make([]int, 1, bytes.Count(t.data, []byte("\n"))+1)
	for i, c := range t.data {
		if c == '\n' {
			t.lines = append(t.lines, i+1)
		}
		t.ascii = t.ascii && c < utf8.RuneSelf
	}
}

// checkUTF8 gives an error for the first octet that is not UTF-8, or nil.
func (t *table) checkUTF8() error {
	for i := 0; !t.ascii && i < len(t.data); {
		r, size := utf8.DecodeRune(t.data[i:])
		if r == utf8.RuneError && size == 1 {
			line, _ := slices.BinarySearch(t.lines, i+1)
			return t.at(line, i-t.lines[line-1]+1, "").Err("octet 0x%02x is not UTF-8: save the file as CSV in UTF-8", t.data[i])
		}
		i += size
	}
	return nil
}

// separator gives what separates the columns: what is found first of comma,
// semicolon and tab in the line that names them.
func separator(data []byte) rune {
	for line := range bytes.Lines(data) {
		if line = bytes.TrimSpace(line); len(line) == 0 || line[0] == '#' {
			continue
		}
		if i := bytes.IndexAny(line, ",;\t"); i >= 0 {
			return rune(line[i])
		}
		break
	}
	return ','
}

// header takes the columns' names out of the record.
func (t *table) header() {
	t.columns = make([]string, len(t.record))
	t.cells = map[string]int{}
	for i, text := range t.record {
		name := strings.ToLower(strings.TrimSpace(text))
		_, twice := t.cells[name]
		switch {
		case name == "":
			continue
		case !slices.Contains(t.known, name):
			t.errs = append(t.errs, t.place(i, 0).Wrap(strict.Unknown("column", name, t.known)))
		case twice:
			t.errs = append(t.errs, t.place(i, 0).Err("column %q stands twice", name))
		}
		t.columns[i], t.cells[name] = name, i
	}
	if _, there := t.cells[t.known[0]]; !there {
		line, _ := t.r.FieldPos(0)
		t.errs = append(t.errs, t.at(line, 1, "").Err("no column is named %q: the first line names the columns", t.known[0]))
	}
}

// next reads the next record and says whether there is one.
func (t *table) next() bool {
	record, err := t.r.Read()
	if wrong := (*csv.ParseError)(nil); errors.As(err, &wrong) {
		t.errs = append(t.errs, t.syntax(wrong))
		return false
	}
	if err != nil && !errors.Is(err, io.EOF) {
		t.errs = append(t.errs, t.at(1, 1, "").Wrap(err))
	}
	t.record = record
	return err == nil
}

// syntax tells what is wrong with quotes.
func (t *table) syntax(wrong *csv.ParseError) error {
	if errors.Is(wrong, csv.ErrQuote) {
		at := t.at(wrong.StartLine, 1, "")
		if wrong.Line == wrong.StartLine {
			at = t.at(wrong.Line, wrong.Column, "")
		}
		return at.Err(`a quoted cell does not end properly: a quote inside is written ""`)
	}
	return t.at(wrong.Line, wrong.Column, "").Err("a quote inside of a cell: put the whole cell into quotes")
}

// check says what is wrong with the number of cells of the record, or nil.
// Spreadsheets leave out or add empty ones.
func (t *table) check() error {
	for i, text := range t.record {
		switch {
		case strings.TrimSpace(text) == "":
		case i >= len(t.columns):
			return t.place(i, 0).Err("%d cells, but the first line names %d columns", len(t.record), len(t.columns))
		case t.columns[i] == "":
			return t.place(i, 0).Err("the column has no name")
		}
	}
	return nil
}

// place gives the place of the octet at offset of the text of cell i.
func (t *table) place(i, offset int) strict.Place {
	key := ""
	if i < len(t.columns) {
		key = t.columns[i]
	}
	if i >= len(t.record) {
		line, _ := t.r.FieldPos(0)
		return t.at(line, 1, key)
	}
	line, octet := t.r.FieldPos(i)
	if start := t.lines[line-1] + octet - 1; offset > 0 && !strings.Contains(t.record[i], "\n") {
		if t.data[start] == '"' {
			offset++
		}
		octet += offset
	}
	return t.at(line, octet, key)
}

// at gives the place of an octet of a line, both counted from 1.
func (t *table) at(line, octet int, key string) strict.Place {
	p := strict.Place{File: t.file, Line: line, Column: octet, Key: key}
	if !t.ascii && line <= len(t.lines) {
		start := t.lines[line-1]
		p.Column = utf8.RuneCount(t.data[start:min(start+octet-1, len(t.data))]) + 1
	}
	return p
}
