package file

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/strict"
)

// record is one line of a lease file.
type record struct {
	line    int
	mac     ident.MAC
	address netip.Addr
}

// parse reads a lease file: on each line a MAC and an IPv6 address. What follows a
// # is left out, and so are empty lines. Its error is everything that is wrong.
func parse(path string, data []byte) (records []record, err error) {
	var errs []error
	line := 0
	for text := range bytes.Lines(data) {
		line++
		text, _, _ = bytes.Cut(text, []byte("#"))
		words := strings.Fields(string(text))
		if len(words) == 0 {
			continue
		}
		place := strict.Place{File: path, Line: line, Column: 1 + bytes.Index(text, []byte(words[0]))}
		r, err := readRecord(words)
		r.line = line
		records, errs = append(records, r), append(errs, place.Wrap(err))
	}
	return records, strict.Join(errs...)
}

func readRecord(words []string) (r record, err error) {
	if len(words) != 2 {
		return r, fmt.Errorf("got %d words, want a MAC and an address, such as 52:54:00:aa:bb:01 2001:db8:10::101", len(words))
	}
	if r.mac, err = parseMAC(words[0]); err != nil {
		return r, err
	}
	r.address, err = netip.ParseAddr(words[1])
	if err != nil || !r.address.Is6() || r.address.Is4In6() || r.address.Zone() != "" {
		return r, fmt.Errorf("%q is not an IPv6 address", words[1])
	}
	if !r.address.IsGlobalUnicast() {
		return r, fmt.Errorf("%q is no address that a server gives out", words[1])
	}
	return r, nil
}

// parseMAC reads a MAC in one of the forms of ours or of CoreDHCP's, which has
// 5254.00aa.bb01, too.
func parseMAC(text string) (ident.MAC, error) {
	if raw, err := net.ParseMAC(text); err == nil {
		if m, ok := ident.MACFromBytes(raw); ok {
			return m, nil
		}
	}
	return ident.ParseMAC(text)
}

// merge gives a host for each address: all MACs that have it are of one machine,
// of which one is used at a time. Of the lines with one MAC the last one counts,
// as CoreDHCP has it. Each line of warnings tells of such a thing.
func merge(path string, records []record) (hosts []host.Host, warnings []string) {
	last := map[ident.MAC]int{}
	for _, r := range records {
		if first, twice := last[r.mac]; twice {
			warnings = append(warnings, fmt.Sprintf("%s:%d: MAC %s stands in line %d, too, which does not count", path, r.line, r.mac, first))
		}
		last[r.mac] = r.line
	}
	at := map[netip.Addr]int{}
	for _, r := range records {
		i, shared := at[r.address]
		switch {
		case last[r.mac] != r.line:
		case shared:
			f := &hosts[i].Interfaces[0]
			f.MACs = append(f.MACs, r.mac)
			warnings = append(warnings, fmt.Sprintf("%s:%d: address %s is that of %s, too: one of them at a time gets it", path, r.line, r.address, hosts[i].Name))
		default:
			at[r.address] = len(hosts)
			hosts = append(hosts, hostOf(path, r))
		}
	}
	return hosts, warnings
}

// hostOf makes the host of a line, named as its MAC.
func hostOf(path string, r record) host.Host {
	address := host.Address{Prefix: netip.PrefixFrom(r.address, r.address.BitLen())}
	return host.Host{
		Name:       strings.ReplaceAll(r.mac.String(), ":", "-"),
		Source:     fmt.Sprintf("%s:%d", path, r.line),
		Interfaces: []host.Interface{{MACs: []ident.MAC{r.mac}, Addresses: []host.Address{address}}},
	}
}
