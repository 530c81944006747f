package dnsmasq

import (
	"bufio"
	"context"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/lease"
)

// readLeases reads lease files: a line with the server's DUID, and one for each
// lease, with the time when it ends, the IAID, the address, the name and the
// DUID. Those of DHCPv4 stand before the line with the DUID.
func readLeases(ctx context.Context, files []string, to *migrate.LeaseSink) error {
	for _, name := range files {
		if err := readLeaseFile(ctx, name, to); err != nil {
			return err
		}
	}
	return nil
}

// leaseFile is a lease file being read.
type leaseFile struct {
	name  string
	to    *migrate.LeaseSink
	v4    int // leases of DHCPv4
	first int // the line of the first of those
	seen  map[netip.Prefix]int
	found []migrate.Lease
}

// maxLine bounds a line, in octets.
const maxLine = 4096

func readLeaseFile(ctx context.Context, name string, to *migrate.LeaseSink) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	f := &leaseFile{name: name, to: to, seen: map[netip.Prefix]int{}}
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, maxLine), maxLine)
	for n := 1; scanner.Scan(); n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		f.line(scanner.Text(), migrate.Origin{File: name, Line: n, Text: strings.TrimSpace(scanner.Text())})
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if f.v4 > 0 {
		to.Report.LeftOut(migrate.Origin{File: name, Line: f.first}, "leases of DHCPv4, in this and other lines: %d", f.v4)
	}
	for _, l := range f.found {
		if err := to.Lease(l); err != nil {
			return err
		}
	}
	return nil
}

func (f *leaseFile) line(text string, o migrate.Origin) {
	parts := strings.Fields(text)
	switch {
	case len(parts) == 0:
		return
	case parts[0] == "duid" && len(parts) == 2:
		f.serverID(parts[1], o)
		return
	case len(parts) != 5:
		f.to.Report.LeftOut(o, "is no lease: want the time, the IAID, the address, the name and the DUID")
		return
	}
	if a, err := netip.ParseAddr(parts[2]); err == nil && a.Is4() {
		if f.v4++; f.v4 == 1 {
			f.first = o.Line
		}
		return
	}
	l, err := parseLease(parts)
	if err != nil {
		f.to.Report.LeftOut(o, "%v", err)
		return
	}
	l.Origin = o
	if i, again := f.seen[l.Prefix]; again {
		f.found[i] = l
		return
	}
	f.seen[l.Prefix] = len(f.found)
	f.found = append(f.found, l)
}

func (f *leaseFile) serverID(text string, o migrate.Origin) {
	duid, err := ident.ParseDUID(text)
	if err != nil {
		f.to.Report.LeftOut(o, "the server's %v", err)
		return
	}
	if f.to.ServerID != nil {
		f.to.ServerID(duid, o)
	}
}

func parseLease(parts []string) (l migrate.Lease, err error) {
	if strings.HasPrefix(parts[1], "T") {
		return l, fmt.Errorf("a temporary address is not kept: the client asks for another one")
	}
	ends, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || ends < 0 {
		return l, fmt.Errorf("%q is no time in seconds", parts[0])
	}
	iaid, err := strconv.ParseUint(parts[1], 10, 32)
	if err != nil {
		return l, fmt.Errorf("%q is no IAID", parts[1])
	}
	a, err := netip.ParseAddr(parts[2])
	if err != nil || a.Zone() != "" || a.Is4In6() {
		return l, fmt.Errorf("%q is no IPv6 address", parts[2])
	}
	duid, err := ident.ParseDUID(parts[4])
	if err != nil {
		return l, err
	}
	l = migrate.Lease{
		Key:    lease.Key{DUID: duid, IA: ident.IA{Type: ident.NA, ID: uint32(iaid)}},
		Prefix: netip.PrefixFrom(a, 128), State: lease.Active,
	}
	if ends > 0 {
		l.Until = time.Unix(ends, 0).UTC()
	}
	if parts[3] != "*" {
		l.Hostname = parts[3]
	}
	return l, nil
}

// leases takes the server's DUID out of a lease file, so that clients of dnsmasq
// go on renewing.
func (im *importer) leases(s *migrate.Source) {
	n := 0
	for line := range strings.Lines(string(s.Data)) {
		n++
		parts := strings.Fields(line)
		if len(parts) != 2 || parts[0] != "duid" {
			continue
		}
		if duid, err := ident.ParseDUID(parts[1]); err == nil {
			im.config.ServerID = migrate.Setting{Value: duid.String(), Origin: s.At(n)}
		}
	}
	im.report.Note(migrate.Origin{File: s.Name}, "of leases only the server's DUID is in the configuration: take them over with stage6 import leases")
}

// isLeases says whether the first line that says something is of a lease file.
func isLeases(head []byte) bool {
	for line := range strings.Lines(string(head)) {
		if text := strings.TrimSpace(line); text != "" {
			return looksLikeLease(text)
		}
	}
	return false
}

// looksLikeLease says whether a line is the server's DUID or a lease.
func looksLikeLease(text string) bool {
	parts := strings.Fields(text)
	if len(parts) == 2 && parts[0] == "duid" {
		_, err := ident.ParseDUID(parts[1])
		return err == nil
	}
	if len(parts) != 5 {
		return false
	}
	_, timeErr := strconv.ParseInt(parts[0], 10, 64)
	_, addrErr := netip.ParseAddr(parts[2])
	return timeErr == nil && addrErr == nil
}
