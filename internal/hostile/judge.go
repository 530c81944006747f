package hostile

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// victimLinkLocal is what the victim's own link-local address is made of its MAC.
var victimLinkLocal = netip.MustParseAddr("fe80::5054:ff:feaa:bb01")

// Judge says what is wrong with an answer to a case, or nil: it is too long, the
// library cannot read it, or it gives what is reserved for the victim.
func (c *Case) Judge(reply []byte) error {
	if most := max(c.Longest, MaxReply); len(reply) > most {
		return fmt.Errorf("an answer of %d octets, want at most %d", len(reply), most)
	}
	m, err := messageIn(reply)
	if err != nil {
		return err
	}
	for _, p := range granted(m) {
		if p.Contains(Victim) || p.Contains(VictimElsewhere) || p.Contains(victimPrefix) {
			return fmt.Errorf("%s is given, which is reserved for the victim: %s", p, m.Summary())
		}
	}
	return nil
}

// victimPrefix is the first address of the prefix that is reserved for the victim.
var victimPrefix = netip.MustParseAddr("2001:db8:f001::")

// granted gives what the client may use from now on.
func granted(m *dhcpv6.Message) (out []netip.Prefix) {
	for _, ia := range m.Options.IANA() {
		for _, a := range ia.Options.Addresses() {
			if addr, _ := netip.AddrFromSlice(a.IPv6Addr); a.ValidLifetime > 0 {
				out = append(out, netip.PrefixFrom(addr, 128))
			}
		}
	}
	for _, ia := range m.Options.IAPD() {
		for _, p := range ia.Options.Prefixes() {
			if p.ValidLifetime > 0 && p.Prefix != nil {
				addr, _ := netip.AddrFromSlice(p.Prefix.IP)
				bits, _ := p.Prefix.Mask.Size()
				out = append(out, netip.PrefixFrom(addr, bits))
			}
		}
	}
	return out
}

// messageIn reads a reply, out of its relay levels.
func messageIn(reply []byte) (*dhcpv6.Message, error) {
	d, err := dhcpv6.FromBytes(reply)
	if err != nil {
		return nil, fmt.Errorf("the answer %x cannot be read: %w", reply, err)
	}
	return d.GetInnerMessage()
}

// sameOffer wants the same in each answer.
func sameOffer(replies [][]byte) error {
	for i, r := range replies {
		if !bytes.Equal(r[4:], replies[0][4:]) {
			return fmt.Errorf("answer %d is %x, the first was %x", i+1, r, replies[0])
		}
	}
	return nil
}

// answersAlternate wants Advertise and Reply in turn.
func answersAlternate(replies [][]byte) error {
	for i, r := range replies {
		want := dhcpv6.MessageTypeAdvertise
		if i%2 == 1 {
			want = dhcpv6.MessageTypeReply
		}
		if dhcpv6.MessageType(r[0]) != want {
			return fmt.Errorf("answer %d is of type %d, want %s", i+1, r[0], want)
		}
	}
	return differentInPairs(replies)
}

// differentInPairs wants one lease for the client, at every boot.
func differentInPairs(replies [][]byte) error {
	var first netip.Addr
	for _, r := range replies {
		a, err := leased(r)
		switch {
		case err != nil:
			return err
		case first.IsValid() && a != first:
			return fmt.Errorf("one client has %s and %s", first, a)
		}
		first = a
	}
	return nil
}

// ownAnswers wants that each client is answered what it asked, and has an address of
// its own.
func ownAnswers(replies [][]byte) error {
	for i, r := range replies {
		m, err := messageIn(r)
		if err != nil {
			return err
		}
		if id := m.GetOneOption(dhcpv6.OptionClientID); id == nil || string(id.ToBytes()) != clientOf(i) {
			return fmt.Errorf("client %d is answered as %v", i+1, id)
		}
		if m.Options.OneIANA() == nil || m.Options.OneIANA().IaId[3] != byte(i) {
			return fmt.Errorf("client %d is answered for another IA: %s", i+1, m.Summary())
		}
	}
	return differentLeases(replies)
}

// differentLeases wants that no two have one address.
func differentLeases(replies [][]byte) error {
	seen := map[netip.Addr]int{}
	for i, r := range replies {
		a, err := leased(r)
		if err != nil {
			return err
		}
		if other, twice := seen[a]; twice {
			return fmt.Errorf("clients %d and %d have %s", other, i+1, a)
		}
		seen[a] = i + 1
	}
	return nil
}

// leased gives the address in an answer.
func leased(reply []byte) (netip.Addr, error) {
	m, err := messageIn(reply)
	if err != nil {
		return netip.Addr{}, err
	}
	if m.Options.OneIANA() == nil || m.Options.OneIANA().Options.OneAddress() == nil {
		return netip.Addr{}, errors.New("no address: " + m.Summary())
	}
	a, _ := netip.AddrFromSlice(m.Options.OneIANA().Options.OneAddress().IPv6Addr)
	return a, nil
}
