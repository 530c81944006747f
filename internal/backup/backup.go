// Package backup writes what a lease store keeps into a file, and reads it back
// into another store.
//
// The file is text: one JSON object on each line. The first one says what it is;
// each further one is a binding or a small value; the last one counts them and has
// the SHA-256 of all before it, so that a file which was cut off or changed is
// known. Where a newer format is needed its number is raised.
package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/stage6/stage6/lease"
)

// format is the number of the format that is written, and the newest that is read.
const format = 1

// Counts says how much is in a backup.
type Counts struct {
	Bindings int `json:"bindings"`
	Values   int `json:"values"`
}

// head is the first line.
type head struct {
	Format  int       `json:"stage6_backup"`
	Version string    `json:"version"` // of the program that wrote it
	Time    time.Time `json:"time"`
}

// line is any other one.
type line struct {
	Value   *string `json:"value,omitempty"` // the name of a small value
	Data    []byte  `json:"data,omitempty"`  // what it is
	Key     []byte  `json:"key,omitempty"`   // of a binding, as lease.Key.AppendBinary
	Binding []byte  `json:"binding,omitempty"`
	About   string  `json:"about,omitempty"` // a binding in words, for people who search the file
	End     *end    `json:"end,omitempty"`
}

type end struct {
	Counts
	SHA256 string `json:"sha256"`
}

// NoCopierError says that a store cannot be copied.
type NoCopierError struct{}

func (NoCopierError) Error() string {
	return "leases that are kept in memory cannot be copied: keep them on a disk (leases: /var/lib/stage6)"
}

// Write writes what a store keeps at the moment, which other goroutines may
// change meanwhile.
func Write(ctx context.Context, to io.Writer, store lease.Store, version string, now time.Time) (Counts, error) {
	c, ok := store.(lease.Copier)
	if !ok {
		return Counts{}, NoCopierError{}
	}
	w := newWriter(to)
	if err := w.put(head{format, version, now.UTC()}); err != nil {
		return Counts{}, err
	}
	if err := c.Copy(ctx, w.binding, w.value); err != nil {
		return Counts{}, err
	}
	return w.counts, w.end()
}

// writer writes lines and sums them up.
type writer struct {
	to     *bufio.Writer
	sum    hash.Hash
	json   *json.Encoder
	counts Counts
}

func newWriter(to io.Writer) *writer {
	w := &writer{to: bufio.NewWriterSize(to, 64<<10), sum: sha256.New()}
	w.json = json.NewEncoder(io.MultiWriter(w.to, w.sum))
	return w
}

func (w *writer) put(v any) error { return w.json.Encode(v) }

func (w *writer) binding(b *lease.Binding) error {
	w.counts.Bindings++
	return w.put(line{Key: b.Key.AppendBinary(nil), Binding: b.AppendBinary(nil), About: about(b)})
}

func (w *writer) value(v lease.Value) error {
	if v.Name == unfinished {
		return nil
	}
	w.counts.Values++
	return w.put(line{Value: &v.Name, Data: v.Data})
}

func (w *writer) end() error {
	e := &end{w.counts, hex.EncodeToString(w.sum.Sum(nil))}
	if err := w.put(line{End: e}); err != nil {
		return err
	}
	return w.to.Flush()
}

// about names a binding's client, host and leases.
func about(b *lease.Binding) string {
	words := []string{b.Key.String()}
	if b.Host != "" {
		words = append(words, b.Host)
	}
	for _, l := range b.Leases {
		words = append(words, l.Prefix.String(), l.State.String())
	}
	return strings.Join(words, " ")
}

// Read calls binding and value with what is in a backup, and gives how much that
// was. An error names the line. Only without one what was read is whole.
func Read(from io.Reader, binding func(*lease.Binding) error, value func(lease.Value) error) (Counts, error) {
	r := reader{lines: bufio.NewReaderSize(from, 64<<10), sum: sha256.New()}
	if err := r.head(); err != nil {
		return Counts{}, err
	}
	for {
		done, err := r.next(binding, value)
		if err != nil {
			return r.counts, fmt.Errorf("line %d: %w", r.number, err)
		}
		if done {
			return r.counts, nil
		}
	}
}

// longest is how long a line may be: a binding or a small value have their bounds,
// and a file of something else has not.
const longest = 4 << 20

// reader reads lines and sums them up.
type reader struct {
	lines  *bufio.Reader
	number int
	sum    hash.Hash
	counts Counts
}

// line reads one into v, and adds it to the sum unless it is the last one.
func (r *reader) line(v any) ([]byte, error) {
	r.number++
	var text []byte
	for {
		part, err := r.lines.ReadSlice('\n')
		text = append(text, part...)
		switch {
		case len(text) > longest:
			return nil, errors.New("too long: this is no backup")
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return nil, errors.New("the file ends too early: it was cut off")
		case err != nil:
			return nil, err
		}
		return text, json.Unmarshal(text, v)
	}
}

func (r *reader) head() error {
	var h head
	text, err := r.line(&h)
	switch {
	case err != nil || h.Format == 0:
		return errors.New("no backup of stage6: want a file that stage6 backup wrote")
	case h.Format > format:
		return fmt.Errorf("format %d, this stage6 knows those up to %d: use the newer stage6 that wrote it", h.Format, format)
	}
	r.sum.Write(text)
	return nil
}

// next reads a line, and says whether it was the last one.
func (r *reader) next(binding func(*lease.Binding) error, value func(lease.Value) error) (bool, error) {
	var l line
	text, err := r.line(&l)
	if err != nil {
		return false, err
	}
	if l.End != nil {
		return true, r.check(*l.End)
	}
	r.sum.Write(text)
	switch {
	case l.Value != nil:
		r.counts.Values++
		return false, value(lease.Value{Name: *l.Value, Data: append([]byte{}, l.Data...)})
	case l.Binding != nil:
		r.counts.Bindings++
		b, err := parse(l.Key, l.Binding)
		if err != nil {
			return false, err
		}
		return false, binding(b)
	}
	return false, errors.New("neither a binding nor a value")
}

func parse(key, record []byte) (*lease.Binding, error) {
	k, err := lease.ParseKey(key)
	if err != nil {
		return nil, err
	}
	return lease.ParseBinding(k, record)
}

// check compares the last line with what was read.
func (r *reader) check(e end) error {
	if got := hex.EncodeToString(r.sum.Sum(nil)); got != e.SHA256 || e.Counts != r.counts {
		return errors.New("the file was changed since it was written: its sum is another one")
	}
	if _, err := r.lines.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the end of the backup")
	}
	return nil
}
