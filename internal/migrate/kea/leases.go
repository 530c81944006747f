package kea

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/lease"
)

// leaseHeader begins the first line of a file of leases.
const leaseHeader = "address,duid,valid_lifetime,expire"

// maxRow bounds a line of a file of leases, in octets: that of a binding with
// all that Kea keeps of one.
const maxRow = 64 << 10

// readLeases reads what memfile has written: a line for each change, of which
// the last one of an address counts, in several files while Kea cleans up.
func readLeases(ctx context.Context, files []string, to *migrate.LeaseSink) error {
	r := &leaseReader{to: to, last: map[leaseKey]int{}}
	for _, name := range memfiles(files) {
		if data, ok := serverIDOnly(name); ok {
			to.ServerID(data, migrate.Origin{File: name, Line: 1})
			continue
		}
		if err := r.file(ctx, name); err != nil {
			return err
		}
	}
	for _, l := range r.leases {
		if l.State == 0 {
			continue // deleted by a later line
		}
		if err := to.Lease(l); err != nil {
			return err
		}
	}
	return nil
}

// memfiles gives the files in the order in which Kea reads them: what a clean-up
// has done, else what it has begun with, then what was written since. Those that
// stand beside a named one belong to it.
func memfiles(files []string) (out []string) {
	for _, name := range files {
		base := name
		for _, suffix := range []string{".1", ".2", ".completed"} {
			base = strings.TrimSuffix(base, suffix)
		}
		before := []string{base + ".2", base + ".1"}
		if exists(base + ".completed") {
			before = []string{base + ".completed"}
		}
		for _, f := range append(before, base) {
			if (exists(f) || f == name) && !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out
}

func exists(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// serverIDOnly reads a file that holds the server's DUID.
func serverIDOnly(name string) (ident.DUID, bool) {
	info, err := os.Stat(name)
	if err != nil || info.Size() > 1024 {
		return "", false
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return "", false
	}
	text, ok := duidText(strings.TrimSpace(string(data)))
	if !ok {
		return "", false
	}
	d, err := ident.ParseDUID(text)
	return d, err == nil
}

// leaseKey is what a line is about.
type leaseKey struct {
	prefix netip.Prefix
	kind   ident.IAType
}

// leaseReader gathers the last line of each address.
type leaseReader struct {
	to     *migrate.LeaseSink
	name   string
	last   map[leaseKey]int // in leases
	leases []migrate.Lease
	rested uint32 // how many declined addresses there are
}

func (r *leaseReader) file(ctx context.Context, name string) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	r.name = name
	return r.read(ctx, in)
}

func (r *leaseReader) read(ctx context.Context, in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 4096), maxRow)
	columns := map[string]int{}
	for n := 1; lines.Scan(); n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		cells := strings.Split(strings.TrimSuffix(lines.Text(), "\r"), ",")
		switch {
		case n == 1:
			for i, name := range cells {
				columns[strings.TrimSpace(name)] = i
			}
			if err := r.check(columns); err != nil {
				return err
			}
		case len(cells) > 1:
			r.row(row{cells, columns}, n)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	if len(columns) == 0 {
		return fmt.Errorf("%s: empty: want a line with the names of the columns", r.name)
	}
	return nil
}

// check refuses a file without the columns that a lease needs.
func (r *leaseReader) check(columns map[string]int) error {
	for _, name := range []string{"address", "duid", "valid_lifetime", "expire", "lease_type", "iaid"} {
		if _, ok := columns[name]; !ok {
			return fmt.Errorf("%s:1: there is no column %q: want leases of DHCPv6, as kea-dhcp6 writes them", r.name, name)
		}
	}
	return nil
}

// row is a line with the names of its columns.
type row struct {
	cells   []string
	columns map[string]int
}

// get gives a cell, in which Kea writes a comma as &#x2c.
func (r row) get(name string) string {
	i, ok := r.columns[name]
	if !ok || i >= len(r.cells) {
		return ""
	}
	return strings.ReplaceAll(r.cells[i], "&#x2c", ",")
}

func (r row) number(name string, bits int) (uint64, error) {
	n, err := strconv.ParseUint(r.get(name), 10, bits)
	if err != nil {
		return 0, fmt.Errorf("%s: %q: want a number of %d bits", name, r.get(name), bits)
	}
	return n, nil
}

// row takes a line, in the place of an earlier one about the same.
func (r *leaseReader) row(x row, line int) {
	o := migrate.Origin{File: r.name, Line: line, Text: strings.Join(x.cells, ",")}
	l, err := r.lease(x)
	if err != nil {
		r.to.Report.LeftOut(o, "%v", err)
		return
	}
	l.Origin = o
	key := leaseKey{l.Prefix, l.Key.IA.Type}
	if i, again := r.last[key]; again {
		r.leases[i] = l
		return
	}
	r.last[key] = len(r.leases)
	r.leases = append(r.leases, l)
}

// The types of leases, and the states.
const (
	typeNA = 0
	typeTA = 1
	typePD = 2

	stateAssigned = 0
	stateDeclined = 1
)

// lease reads a line. The lease of one that says that there is none any more has
// no state.
func (r *leaseReader) lease(x row) (l migrate.Lease, err error) {
	kind, err := x.number("lease_type", 8)
	if err != nil {
		return l, err
	}
	l.Prefix, l.Key.IA.Type, err = prefixOf(x, kind)
	if err != nil {
		return l, err
	}
	valid, err := x.number("valid_lifetime", 32)
	if err != nil || valid == 0 {
		return l, err
	}
	state := uint64(stateAssigned)
	if x.get("state") != "" {
		if state, err = x.number("state", 32); err != nil {
			return l, err
		}
	}
	switch state {
	case stateAssigned:
		l.State = lease.Active
		if l.Key.DUID, err = ident.ParseDUID(x.get("duid")); err != nil {
			return l, err
		}
	case stateDeclined:
		l.State = lease.Declined
		r.rested++
		l.Key.DUID, l.Key.IA.ID = "\x00\x00\x00", r.rested // Kea forgets whose it was
	default:
		return l, nil
	}
	return l, r.rest(x, &l, valid)
}

func prefixOf(x row, kind uint64) (netip.Prefix, ident.IAType, error) {
	a, err := netip.ParseAddr(x.get("address"))
	if err != nil || !a.Is6() || a.Is4In6() || a.Zone() != "" {
		return netip.Prefix{}, 0, fmt.Errorf("%q is no IPv6 address", x.get("address"))
	}
	switch kind {
	case typeNA:
		return netip.PrefixFrom(a, 128), ident.NA, nil
	case typePD:
		bits, err := x.number("prefix_len", 8)
		if err != nil || bits < 1 || bits > 128 {
			return netip.Prefix{}, 0, fmt.Errorf("prefix_len: %q: want 1 to 128", x.get("prefix_len"))
		}
		return netip.PrefixFrom(a, int(bits)).Masked(), ident.PD, nil
	case typeTA:
		return netip.Prefix{}, 0, errors.New("a temporary address is not kept: RFC 9915 has done away with them")
	}
	return netip.Prefix{}, 0, fmt.Errorf("lease_type: %d is not known", kind)
}

// rest reads times, the IAID and who the client is.
func (r *leaseReader) rest(x row, l *migrate.Lease, valid uint64) error {
	expire, err := x.number("expire", 40)
	if err != nil {
		return err
	}
	l.Valid = time.Duration(valid) * time.Second
	l.Updated = time.Unix(int64(expire)-int64(valid), 0)
	if valid != 0xffffffff {
		l.Until = time.Unix(int64(expire), 0)
	}
	if x.get("pref_lifetime") != "" {
		preferred, err := x.number("pref_lifetime", 32)
		if err != nil {
			return err
		}
		l.Preferred = time.Duration(preferred) * time.Second
	}
	if l.State == lease.Active {
		iaid, err := x.number("iaid", 32)
		if err != nil {
			return err
		}
		l.Key.IA.ID = uint32(iaid)
	}
	if raw, err := ident.ParseHex(x.get("hwaddr")); err == nil && len(raw) == 6 {
		l.MAC = ident.MAC(raw)
	}
	l.Hostname = strings.TrimSuffix(x.get("hostname"), ".")
	return nil
}
