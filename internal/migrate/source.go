package migrate

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// MaxSource bounds a file of configuration, in octets. Leases are read as a
// stream and have no bound.
const MaxSource = 64 << 20

// Origin is a line of a file that was read. The zero Origin is no line.
type Origin struct {
	File string `json:"file,omitempty"` // as the user named it
	Line int    `json:"line,omitempty"` // from 1; 0 for the file as a whole
	Text string `json:"text,omitempty"` // the line, without white space around it
}

// String gives file:line with the file's last name, or nothing.
func (o Origin) String() string {
	switch {
	case o.File == "":
		return ""
	case o.Line == 0:
		return filepath.Base(o.File)
	}
	return fmt.Sprintf("%s:%d", filepath.Base(o.File), o.Line)
}

// Source is a file of another server's, read whole.
type Source struct {
	Name  string // as the user named it
	Data  []byte
	lines []string
}

// NewSource gives a source of data that is at hand.
func NewSource(name string, data []byte) *Source {
	return &Source{Name: name, Data: data}
}

// ReadSource reads a file. It fails beyond MaxSource octets.
func ReadSource(name string) (*Source, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, MaxSource+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxSource {
		return nil, fmt.Errorf("%s: longer than %d MiB", name, MaxSource>>20)
	}
	return NewSource(name, bytes.TrimPrefix(data, []byte("\ufeff"))), nil
}

// Include reads a file that this one names, relative to its folder.
func (s *Source) Include(name string) (*Source, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(s.Name), name)
	}
	return ReadRegular(name)
}

// ReadRegular reads a file that another one names, which must be a regular file:
// to read a pipe or a device might never end.
func ReadRegular(name string) (*Source, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	return ReadSource(name)
}

// At gives the place of a line, counted from 1.
func (s *Source) At(line int) Origin {
	if s.lines == nil {
		s.lines = strings.Split(string(s.Data), "\n")
	}
	o := Origin{File: s.Name, Line: line}
	if line >= 1 && line <= len(s.lines) {
		o.Text = strings.TrimSpace(s.lines[line-1])
	}
	return o
}

// Errorf gives an error at a line.
func (s *Source) Errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", s.Name, line, fmt.Sprintf(format, args...))
}
