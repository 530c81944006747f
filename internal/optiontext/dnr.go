package optiontext

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/internal/wire"
)

// Service parameters (RFC 9460 section 14.3.2, RFC 9461 section 5).
const (
	paramALPN     = 1
	paramPort     = 3
	paramIPv4Hint = 4
	paramIPv6Hint = 6
	paramDoHPath  = 7
)

// resolversKind is option 144, which stands once for each encrypted resolver
// (RFC 9463 section 4).
func resolversKind() *kind {
	return &kind{
		wants: "a list of resolvers with name, addresses and alpn", structured: true,
		encode: func(n strict.Node) ([][]byte, error) {
			var next uint16
			return encodeEach(n, func(item strict.Node) ([]byte, error) {
				next++
				return encodeResolver(item, next)
			})
		},
		valid: validResolver,
	}
}

// resolver is one encrypted resolver.
type resolver struct {
	Priority  uint16      `config:"min=1"`
	Name      strict.Node `config:"required"`
	Addresses strict.Node
	ALPN      []string `yaml:"alpn" config:"fields"`
	Port      uint16   `config:"min=1"`
	DoHPath   string   `yaml:"dohpath"`
}

// encodeResolver encodes a resolver; its priority is its place in the list if
// none is written. A lone name is a resolver whose addresses the client looks
// up itself.
func encodeResolver(n strict.Node, place uint16) ([]byte, error) {
	r := resolver{Priority: place, Name: n}
	if n.Kind() != strict.Single {
		if err := strict.Decode(n, &r); err != nil {
			return nil, err
		}
	}
	name, err := encodeName(r.Name)
	if err != nil {
		return nil, err
	}
	out := binary.BigEndian.AppendUint16(nil, r.Priority)
	out = binary.BigEndian.AppendUint16(out, uint16(len(name)))
	out = append(out, name...)
	if r.Addresses.Kind() == strict.Null {
		return out, r.checkAlone(n)
	}
	return r.appendService(out, n)
}

// checkAlone refuses parameters without addresses, which have no place in the
// option.
func (r *resolver) checkAlone(n strict.Node) error {
	if len(r.ALPN) > 0 || r.Port > 0 || r.DoHPath != "" {
		return n.Err("alpn, port and dohpath go with addresses")
	}
	return nil
}

// appendService appends addresses and service parameters, these in the order
// of their keys (RFC 9460 section 2.2).
func (r *resolver) appendService(out []byte, n strict.Node) ([]byte, error) {
	addrs, err := encodeAddresses(r.Addresses, encodeServer)
	if err != nil {
		return nil, err
	}
	if err := r.check(n); err != nil {
		return nil, err
	}
	out = binary.BigEndian.AppendUint16(out, uint16(len(addrs)))
	out = append(out, addrs...)
	var alpn []byte
	for _, id := range r.ALPN {
		alpn = append(append(alpn, byte(len(id))), id...)
	}
	out = wire.AppendOption(out, paramALPN, alpn)
	if r.Port > 0 {
		out = wire.AppendOption(out, paramPort, binary.BigEndian.AppendUint16(nil, r.Port))
	}
	if r.DoHPath != "" {
		out = wire.AppendOption(out, paramDoHPath, []byte(r.DoHPath))
	}
	return out, nil
}

func (r *resolver) check(n strict.Node) error {
	if len(r.ALPN) == 0 {
		return n.Err("key %q is missing, want the protocols of the resolver, such as dot, doq or h2", "alpn")
	}
	for _, id := range r.ALPN {
		if len(id) == 0 || len(id) > math.MaxUint8 {
			return n.Get("alpn").Err("%q: %d octets, want 1 to %d", id, len(id), math.MaxUint8)
		}
	}
	http := slices.Contains(r.ALPN, "h2") || slices.Contains(r.ALPN, "h3")
	switch {
	case http && r.DoHPath == "":
		return n.Err("key %q is missing, want the path for HTTP, such as /dns-query{?dns}", "dohpath")
	case r.DoHPath != "" && (!strings.HasPrefix(r.DoHPath, "/") || !strings.Contains(r.DoHPath, "dns}")):
		return n.Get("dohpath").Err("%q: want a path with the variable dns, such as /dns-query{?dns}", r.DoHPath)
	}
	return nil
}

// validResolver says whether data is a resolver.
func validResolver(data []byte) bool {
	if len(data) < 5 {
		return false
	}
	n := 4 + int(binary.BigEndian.Uint16(data[2:]))
	if len(data) < n || countNames(data[4:n]) != 1 {
		return false
	}
	return len(data) == n || validService(data[n:])
}

// validService says whether data is addresses and service parameters.
func validService(data []byte) bool {
	if len(data) < 2 {
		return false
	}
	n := 2 + int(binary.BigEndian.Uint16(data))
	return n >= 18 && n%16 == 2 && len(data) >= n && validParams(data[n:])
}

// validParams says whether data is service parameters in the order of their
// keys, without addresses (RFC 9463 section 4.1).
func validParams(data []byte) bool {
	for next := 0; len(data) > 0; {
		if len(data) < 4 {
			return false
		}
		key, n := int(binary.BigEndian.Uint16(data)), 4+int(binary.BigEndian.Uint16(data[2:]))
		if key < next || key == paramIPv4Hint || key == paramIPv6Hint || len(data) < n {
			return false
		}
		next, data = key+1, data[n:]
	}
	return true
}
