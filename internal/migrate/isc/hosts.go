package isc

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
)

// readHost carries a host over. Inherited are the settings of the groups around
// it, the nearest first.
func (i *importer) readHost(s *statement, inherited [][]item) {
	h := &migrate.Host{Name: migrate.HostName(i.names, s.text(1)), Origin: s.origin()}
	v4 := false
	for _, x := range s.block {
		switch x.name() {
		case "hardware":
			i.hardware(x, h)
		case "host-identifier":
			i.hostIdentifier(x, h)
		case "fixed-address6":
			i.fixedAddress(x, h)
		case "fixed-prefix6":
			i.fixedPrefix(x, h)
		case "ddns-hostname":
			h.Hostname = x.text(1)
		case "fixed-address":
			v4 = true
		}
	}
	if !h.Recognised() {
		why := "nothing that counts for DHCPv6 says which machine it is"
		if v4 {
			why = "it is for DHCPv4, which stage6 does not serve"
		}
		i.leftOut(s, "%s", why)
		return
	}
	sc := &scope{rank: ofClass, when: fmt.Sprintf("host == %q", h.Name), host: h, set: map[string]bool{}}
	for _, list := range append([][]item{i.evaluate(s.block)}, inherited...) {
		i.apply(list, sc)
		for _, x := range list {
			sc.set[x.key] = true
		}
	}
	if h.Hostname == h.Name {
		h.Hostname = ""
	}
	i.config.Hosts = append(i.config.Hosts, *h)
}

func (i *importer) hardware(s *statement, h *migrate.Host) {
	raw, err := ident.ParseHex(s.text(2))
	if s.word(1) != "ethernet" || err != nil || len(raw) != 6 {
		i.leftOut(s, "want hardware ethernet and six octets")
		return
	}
	i.byMAC = true
	h.MACs = append(h.MACs, string(ident.AppendHex(nil, raw)))
}

// hostIdentifier reads by which option a machine is known.
func (i *importer) hostIdentifier(s *statement, h *migrate.Host) {
	if s.word(1) == "v6relopt" {
		i.relayIdentifier(s, h)
		return
	}
	d, ok := i.define(s.word(2))
	if s.word(1) != "option" || !ok || d.code != 1 {
		i.leftOut(s, "machines are known by their DUID (dhcp6.client-id) and by what relay agents say: write a tag for other options")
		return
	}
	raw, err := octetsOf(s.rest(3))
	if err == nil {
		err = ident.CheckDUID(raw)
	}
	if err != nil {
		i.leftOut(s, "DUID: %v", err)
		return
	}
	h.DUIDs = append(h.DUIDs, ident.DUID(raw).String())
}

func octetsOf(words []token) ([]byte, error) {
	if len(words) == 1 && words[0].quoted {
		return []byte(words[0].text), nil
	}
	return ident.ParseHex(join(words))
}

// relayIdentifier reads host-identifier v6relopt N OPTION VALUE.
func (i *importer) relayIdentifier(s *statement, h *migrate.Host) {
	d, ok := i.define(s.word(3))
	raw, err := octetsOf(s.rest(4))
	forms := map[uint16]string{18: "interface-id:", 37: "remote-id:", 38: "subscriber-id:"}
	form := forms[d.code]
	if !ok || form == "" || err != nil || len(raw) == 0 || d.code == 37 && len(raw) < 5 {
		i.leftOut(s, "a port is known by options 18, 37 and 38 of a relay agent: write it as port of the host")
		return
	}
	if n := s.text(2); n != "1" {
		i.report.Changed(s.origin(), "any relay agent that is trusted may name the port, not just number %s", n)
	}
	if d.code == 37 {
		form += strconv.Itoa(int(raw[0])<<24|int(raw[1])<<16|int(raw[2])<<8|int(raw[3])) + ":"
		raw = raw[4:]
	}
	text := string(raw)
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		text = "0x" + hex.EncodeToString(raw)
	}
	h.Ports = append(h.Ports, form+text)
}

func (i *importer) fixedAddress(s *statement, h *migrate.Host) {
	for _, item := range items(s.rest(1)) {
		a, err := netip.ParseAddr(join(item))
		if err != nil || !a.Is6() {
			i.leftOut(s, "%q: want an IPv6 address: names are not looked up", join(item))
			continue
		}
		h.Addresses = append(h.Addresses, a.String())
	}
}

func (i *importer) fixedPrefix(s *statement, h *migrate.Host) {
	p, changed, err := migrate.MaskedPrefix(s.text(1))
	if err != nil {
		i.leftOut(s, "%v", err)
		return
	}
	if changed {
		i.report.Changed(s.origin(), "there are bits beyond the length of the prefix: %s now", p)
	}
	h.Prefixes = append(h.Prefixes, p.String())
}
