package optiontext

import (
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/internal/wire"
)

// ntpKind is option 56, which stands once for each time source and contains
// one suboption with it (RFC 5908 section 4).
func ntpKind() *kind {
	return &kind{
		wants: "a list of addresses and domain names",
		encode: func(n strict.Node) ([][]byte, error) {
			nodes, err := items(n, true)
			if err != nil {
				return nil, err
			}
			if len(nodes) == 0 {
				return nil, errEmpty(n, "address or domain name")
			}
			return encodeSources(nodes)
		},
		valid: func(data []byte) bool { return len(data) > 4 },
	}
}

func encodeSources(nodes []strict.Node) (out [][]byte, err error) {
	_, err = encodeList(nodes, func(n strict.Node) ([]byte, error) {
		data, err := encodeSource(n)
		out = append(out, data)
		return data, err
	})
	return out, err
}

// encodeSource encodes a time source: a suboption for the address of a server,
// for a multicast address, or for a name.
func encodeSource(n strict.Node) ([]byte, error) {
	text, err := n.Text()
	if err != nil {
		return nil, err
	}
	if !addressLike(text) {
		name, err := encodeName(n)
		return wire.AppendOption(nil, uint16(dhcpv6.NTPSuboptionSrvFQDNCode), name), err
	}
	a, err := readAddress(n)
	if err == nil {
		err = n.Wrap(checkServer(a))
	}
	if err == nil && a.IsInterfaceLocalMulticast() {
		err = n.Err("%q reaches no other machine", text)
	}
	code := dhcpv6.NTPSuboptionSrvAddrCode
	if a.IsMulticast() {
		code = dhcpv6.NTPSuboptionMCAddrCode
	}
	return wire.AppendOption(nil, uint16(code), a.AsSlice()), err
}
