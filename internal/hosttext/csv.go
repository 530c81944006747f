package hosttext

import (
	"encoding"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/strict"
)

// The columns of a CSV file of hosts.
const (
	colName = iota
	colInterface
	colMAC
	colUUID
	colDUID
	colIAID
	colAddress
	colPrefix
	colHostname
	colState
	colTags
	colPort
	numColumns
)

// columnNames gives the names of the columns.
func columnNames() []string {
	return []string{"name", "interface", "mac", "uuid", "duid", "iaid", "address", "prefix", "hostname", "state", "tags", "port"}
}

// sheet is the hosts of a CSV file while they are read.
type sheet struct {
	*table
	cell    [numColumns]int // where each column is; -1 where it is not
	entries []Entry
	byName  map[name]int // indexes of entries
	shared  map[string]string
}

// ReadCSV reads the text of a CSV file. Each row is a host, or one interface of
// a host.
func ReadCSV(file string, data []byte) ([]Entry, error) {
	t, err := newTable(file, data, columnNames())
	if err != nil || t.columns == nil {
		return nil, err
	}
	s := &sheet{table: t, byName: make(map[name]int, len(t.lines)), shared: map[string]string{}}
	s.entries = make([]Entry, 0, len(t.lines))
	for i, name := range columnNames() {
		s.cell[i] = -1
		if at, there := t.cells[name]; there {
			s.cell[i] = at
		}
	}
	for s.next() {
		s.row()
	}
	for i := range s.entries {
		e := &s.entries[i]
		s.fail(e.Name.at.Wrap(e.Validate()))
	}
	return s.entries, strict.Join(s.errs...)
}

// fail keeps an error unless it is nil.
func (s *sheet) fail(err error) {
	if err != nil {
		s.errs = append(s.errs, err)
	}
}

// text gives what stands in a column, without white space around it.
func (s *sheet) text(col int) string {
	if i := s.cell[col]; i >= 0 && i < len(s.record) {
		return strings.TrimSpace(s.record[i])
	}
	return ""
}

// where gives the place of a column's cell.
func (s *sheet) where(col int) strict.Place { return s.place(max(s.cell[col], 0), 0) }

// row reads one row.
func (s *sheet) row() {
	if err := s.check(); err != nil {
		s.fail(err)
		return
	}
	if s.empty() {
		return
	}
	n := one[name](s, colName)
	if n.value == "" {
		if s.text(colName) == "" {
			s.fail(s.where(colName).Err("the row has no name"))
		}
		return
	}
	e := Entry{Name: n, Hostname: one[hostname](s, colHostname).value, State: one[host.State](s, colState).value, UUID: many[ident.UUID](s, colUUID)}
	e.Name.value, e.Hostname = name(strings.Clone(string(n.value))), hostname(strings.Clone(string(e.Hostname)))
	for _, t := range many[tag](s, colTags) {
		e.Tags = append(e.Tags, tag(s.share(string(t.value))))
	}
	e.Interfaces = []iface{s.iface()}
	if i, known := s.byName[n.value]; known {
		s.further(&s.entries[i], &e)
		return
	}
	s.byName[e.Name.value] = len(s.entries)
	s.entries = append(s.entries, e)
}

// empty says whether nothing stands in the row.
func (s *sheet) empty() bool {
	return !slices.ContainsFunc(s.record, func(text string) bool { return strings.TrimSpace(text) != "" })
}

// share gives the same string for the same text, however often it stands there.
func (s *sheet) share(text string) string {
	kept, known := s.shared[text]
	if !known {
		kept = strings.Clone(text)
		s.shared[kept] = kept
	}
	return kept
}

// iface reads what the row says of an interface.
func (s *sheet) iface() iface {
	f := iface{Name: one[name](s, colInterface), DUID: many[ident.DUID](s, colDUID)}
	f.Name.value = name(s.share(string(f.Name.value)))
	f.Port = many[ident.Port](s, colPort)
	f.MAC, f.Address, f.Prefix = many[ident.MAC](s, colMAC), many[address](s, colAddress), many[prefix](s, colPrefix)
	iaids := many[iaid](s, colIAID)
	if len(iaids) == 0 {
		return f
	}
	if len(f.DUID) != 1 {
		s.fail(iaids[0].at.Err("an IAID belongs to the DUID beside it, want one duid, not %d", len(f.DUID)))
		return f
	}
	for _, id := range iaids {
		f.Client = append(f.Client, placed[client]{client{f.DUID[0].value, uint32(id.value)}, id.at})
	}
	f.DUID = nil
	return f
}

// further adds a row to the host h, which has one already.
func (s *sheet) further(h, row *Entry) {
	f := &row.Interfaces[0]
	if len(h.Interfaces) == maxInterfaces {
		s.fail(row.Name.at.Err("more than %d rows of host %q, one for each interface", maxInterfaces, h.Name.value))
		return
	}
	for i := range h.Interfaces {
		other := h.Interfaces[i].Name
		if f.Name.value == "" || other.value == "" {
			s.fail(row.Name.at.Err("host %q is written at %s already; rows of one host name its interfaces in the column interface", h.Name.value, h.Name.at))
			return
		}
		if f.Name.value == other.value {
			s.fail(f.Name.at.Err("interface %q of host %q is written at %s already", f.Name.value, h.Name.value, other.at))
			return
		}
	}
	s.same(h, colHostname, row.Hostname == h.Hostname)
	s.same(h, colState, row.State == h.State)
	s.same(h, colTags, slices.Equal(row.Tags, h.Tags))
	s.same(h, colUUID, slices.EqualFunc(row.UUID, h.UUID, func(a, b placed[ident.UUID]) bool { return a.value == b.value }))
	h.shareDUIDs(f)
	h.Interfaces = append(h.Interfaces, *f)
}

// same checks a cell that says something of the whole host.
func (s *sheet) same(h *Entry, col int, equal bool) {
	if !equal && s.text(col) != "" {
		s.fail(s.where(col).Err("differs from that of the host's first row at %s; further rows repeat it or leave it out", h.Name.at))
	}
}

// shareDUIDs makes a DUID that f has together with another interface one of
// the whole machine.
func (e *Entry) shareDUIDs(f *iface) {
	f.DUID = slices.DeleteFunc(f.DUID, func(d placed[ident.DUID]) bool {
		same := func(o placed[ident.DUID]) bool { return o.value == d.value }
		if slices.ContainsFunc(e.DUID, same) {
			return true
		}
		for i := range e.Interfaces {
			other := &e.Interfaces[i]
			if at := slices.IndexFunc(other.DUID, same); at >= 0 {
				e.DUID = append(e.DUID, other.DUID[at])
				other.DUID = slices.Delete(other.DUID, at, at+1)
				return true
			}
		}
		return false
	})
}

// text is a value that reads itself from a text.
type text[T any] interface {
	*T
	encoding.TextUnmarshaler
}

// one reads a cell of one value; an empty one is the zero value.
func one[T any, P text[T]](s *sheet, col int) (out placed[T]) {
	if written := s.text(col); written != "" {
		out.at = s.where(col)
		s.fail(out.at.Wrap(P(&out.value).UnmarshalText([]byte(written))))
	}
	return out
}

// many reads a cell of values that are separated by white space.
func many[T any, P text[T]](s *sheet, col int) (out []placed[T]) {
	i := s.cell[col]
	if i < 0 || i >= len(s.record) {
		return nil
	}
	for from, to := range fields(s.record[i]) {
		v := placed[T]{at: s.place(i, from)}
		s.fail(v.at.Wrap(P(&v.value).UnmarshalText([]byte(s.record[i][from:to]))))
		out = append(out, v)
	}
	return out
}

// fields yields where each part of a text begins and ends that is separated by
// white space.
func fields(text string) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		for to := 0; ; {
			from := to + len(text[to:]) - len(strings.TrimLeft(text[to:], space))
			if from == len(text) {
				return
			}
			to = len(text)
			if n := strings.IndexAny(text[from:], space); n >= 0 {
				to = from + n
			}
			if !yield(from, to) {
				return
			}
		}
	}
}

// space is what separates values in a cell.
const space = " \t\r\n"

// iaid is an IAID as it is written.
type iaid uint32

// UnmarshalText reads a number, in decimal or, after 0x, in hexadecimal.
func (i *iaid) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 0, 32)
	if octal := len(text) > 1 && text[0] == '0' && text[1]|0x20 != 'x'; err != nil || octal {
		return fmt.Errorf("%q is not an IAID, want a number from 0 to 4294967295", text)
	}
	*i = iaid(n)
	return nil
}
