package isc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/lease"
)

// leaseReader reads dhcpd6.leases: a block for each identity association at each
// change, of which the last one counts.
type leaseReader struct {
	to     *migrate.LeaseSink
	source *migrate.Source // a name only
	big    bool            // IAIDs are big-endian
	last   map[netip.Prefix]int
	of     map[lease.Key][]netip.Prefix // what the last block of a binding has
	leases []migrate.Lease
}

func newLeaseReader(name string, to *migrate.LeaseSink) *leaseReader {
	return &leaseReader{to: to, source: migrate.NewSource(name, nil), last: map[netip.Prefix]int{}, of: map[lease.Key][]netip.Prefix{}}
}

func readLeases(ctx context.Context, files []string, to *migrate.LeaseSink) error {
	for _, name := range files {
		if err := readLeaseFile(ctx, name, to); err != nil {
			return err
		}
	}
	return nil
}

func readLeaseFile(ctx context.Context, name string, to *migrate.LeaseSink) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	r := newLeaseReader(name, to)
	if err := r.read(ctx, in); err != nil {
		return err
	}
	for _, l := range r.leases {
		if l.State == 0 {
			continue // a later block says that there is none
		}
		if err := to.Lease(l); err != nil {
			return err
		}
	}
	return nil
}

func (r *leaseReader) read(ctx context.Context, in io.Reader) error {
	p := &parser{lexer: newLexer(in)}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, err := p.statement(0)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return located(r.source, err)
		case s == nil:
			return r.source.Errorf(p.line, "a closing brace too many")
		}
		r.statement(s)
	}
}

// origin gives the line of a statement.
func (r *leaseReader) origin(s *statement) migrate.Origin {
	return migrate.Origin{File: r.source.Name, Line: s.words[0].line, Text: s.name() + " " + s.text(1)}
}

func (r *leaseReader) statement(s *statement) {
	switch s.name() {
	case "authoring-byte-order":
		r.big = s.word(1) == "big-endian"
	case "server-duid":
		if ident.CheckDUID([]byte(s.text(1))) == nil && r.to.ServerID != nil {
			r.to.ServerID(ident.DUID(s.text(1)), r.origin(s))
		}
	case "ia-na":
		r.association(s, ident.NA)
	case "ia-pd":
		r.association(s, ident.PD)
	case "ia-ta":
		o := r.origin(s)
		o.Text = "ia-ta"
		r.to.Report.LeftOut(o, "a temporary address is not kept: RFC 9915 has done away with them")
	}
}

// association reads a block: the IAID in the order of octets of the machine that
// wrote it, then the DUID; inside, what it has.
func (r *leaseReader) association(s *statement, kind ident.IAType) {
	o := r.origin(s)
	raw := s.text(1)
	o.Text = s.name() + " " + fmt.Sprintf("%x", raw)
	if len(raw) < 4 || ident.CheckDUID([]byte(raw[4:])) != nil {
		r.to.Report.LeftOut(o, "want an IAID of four octets and a DUID")
		return
	}
	iaid := binary.LittleEndian.Uint32([]byte(raw[:4]))
	if r.big {
		iaid = binary.BigEndian.Uint32([]byte(raw[:4]))
	}
	key := lease.Key{DUID: ident.DUID(raw[4:]), IA: ident.IA{Type: kind, ID: iaid}}
	for _, p := range r.of[key] {
		if i, ok := r.last[p]; ok && r.leases[i].Key == key {
			r.leases[i].State = 0 // unless it stands in this block, too
		}
	}
	r.of[key] = nil
	var updated time.Time
	for _, x := range s.block {
		if x.name() == "cltt" {
			updated, _ = timeOf(x.rest(1))
		}
	}
	for _, x := range s.block {
		if x.name() == "iaaddr" || x.name() == "iaprefix" {
			r.add(x, key, updated, o)
		}
	}
}

// add reads what an identity association has.
func (r *leaseReader) add(s *statement, key lease.Key, updated time.Time, o migrate.Origin) {
	o.Line, o.Text = s.words[0].line, s.name()+" "+s.text(1)
	l, err := leaseOf(s)
	if err != nil {
		r.to.Report.LeftOut(o, "%v", err)
		return
	}
	l.Key, l.Updated, l.Origin = key, updated, o
	r.of[key] = append(r.of[key], l.Prefix)
	if i, again := r.last[l.Prefix]; again {
		if l.State != 0 || r.leases[i].Key == key {
			r.leases[i] = l
		}
		return
	}
	r.last[l.Prefix] = len(r.leases)
	r.leases = append(r.leases, l)
}

func leaseOf(s *statement) (l migrate.Lease, err error) {
	if l.Prefix, err = prefixOf(s); err != nil {
		return l, err
	}
	for _, x := range s.block {
		switch x.name() {
		case "binding":
			l.State = map[string]lease.State{"active": lease.Active, "abandoned": lease.Declined}[x.word(2)]
		case "preferred-life":
			l.Preferred, err = lifetimeOf(x)
		case "max-life":
			l.Valid, err = lifetimeOf(x)
		case "ends":
			l.Until, err = timeOf(x.rest(1))
		}
		if err != nil {
			return l, err
		}
	}
	return l, nil
}

func prefixOf(s *statement) (netip.Prefix, error) {
	if s.name() == "iaprefix" {
		p, _, err := migrate.MaskedPrefix(s.text(1))
		return p, err
	}
	a, err := netip.ParseAddr(s.text(1))
	if err != nil || !a.Is6() || a.Is4In6() || a.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%q is no IPv6 address", s.text(1))
	}
	return netip.PrefixFrom(a, 128), nil
}

func lifetimeOf(s *statement) (time.Duration, error) {
	n, err := strconv.ParseUint(s.text(1), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%s: %q: want a number of seconds", s.name(), s.text(1))
	}
	return time.Duration(n) * time.Second, nil
}

// timeOf reads never, epoch SECONDS, or the day of the week, the date and the
// time, in UTC. The zero time is never.
func timeOf(words []token) (time.Time, error) {
	text := join(words)
	switch fields := strings.Fields(text); {
	case text == "never":
		return time.Time{}, nil
	case len(fields) == 2 && fields[0] == "epoch":
		n, err := strconv.ParseInt(fields[1], 10, 40)
		return time.Unix(n, 0), err
	case len(fields) == 3:
		t, err := time.ParseInLocation("2006/01/02 15:04:05", fields[1]+" "+fields[2], time.UTC)
		if err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q: want a time such as 4 2026/02/05 08:53:19, epoch and seconds, or never", text)
}
