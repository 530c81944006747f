package optiontext

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/stage6/stage6/internal/strict"
)

func addressKind() *kind {
	return &kind{
		name: "address", wants: "an IPv6 address",
		encode: once(encodeAddress),
		valid:  func(data []byte) bool { return len(data) == 16 },
	}
}

func addressesKind() *kind {
	return &kind{
		name: "addresses", wants: "a list of IPv6 addresses",
		encode: once(func(n strict.Node) ([]byte, error) { return encodeAddresses(n, encodeAddress) }),
		valid:  func(data []byte) bool { return len(data) > 0 && len(data)%16 == 0 },
	}
}

// serversKind is a list of addresses that a client shall talk to.
func serversKind() *kind {
	k := addressesKind()
	k.encode = once(func(n strict.Node) ([]byte, error) { return encodeAddresses(n, encodeServer) })
	return k
}

// mayBeNone makes a list that may be empty of a kind.
func mayBeNone(k *kind) *kind {
	full, valid := k.encode, k.valid
	k.mayBeEmpty = true
	k.encode = func(n strict.Node) ([][]byte, error) {
		if n.Kind() == strict.Null || n.Kind() == strict.List && len(n.Items()) == 0 {
			return [][]byte{nil}, nil
		}
		return full(n)
	}
	k.valid = func(data []byte) bool { return len(data) == 0 || valid(data) }
	return k
}

func encodeAddresses(n strict.Node, one func(strict.Node) ([]byte, error)) ([]byte, error) {
	nodes, err := items(n, true)
	if err != nil {
		return nil, err
	}
	if len(nodes) == 0 {
		return nil, errEmpty(n, "address")
	}
	return encodeList(nodes, one)
}

func encodeAddress(n strict.Node) ([]byte, error) {
	a, err := readAddress(n)
	return a.AsSlice(), err
}

func encodeServer(n strict.Node) ([]byte, error) {
	a, err := readAddress(n)
	if err == nil {
		err = n.Wrap(checkServer(a))
	}
	if err == nil && a.IsMulticast() {
		err = n.Err("%q is a multicast address, want that of a server", a)
	}
	return a.AsSlice(), err
}

// readAddress reads an address that can stand in a message.
func readAddress(n strict.Node) (netip.Addr, error) {
	text, err := n.Text()
	if err != nil {
		return netip.Addr{}, err
	}
	a, err := strict.ParseAddr(text)
	switch {
	case err != nil:
		return a, n.Wrap(err)
	case a.Zone() != "":
		return a, n.Err("%q has a zone, which means nothing to another machine", text)
	case a.Is4In6():
		return a, n.Err("%q is an IPv4 address in disguise, want an IPv6 address", text)
	}
	return a, nil
}

// checkServer refuses addresses that nobody can talk to.
func checkServer(a netip.Addr) error {
	switch {
	case a.IsUnspecified():
		return fmt.Errorf("%q is no address of a server", a)
	case a.IsLoopback():
		return fmt.Errorf("%q is the loopback address: each client would ask itself", a)
	}
	return nil
}

// addressLike says whether text is meant as an address rather than a name.
func addressLike(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil || strings.ContainsAny(text, ":[/")
}
