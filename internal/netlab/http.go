package netlab

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
)

// HTTP makes an HTTP client of the namespace's. It does without names, and opens a
// connection for each request.
func (n *Namespace) HTTP() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: n.dial, DisableKeepAlives: true}}
}

// dial connects to an address and port. One address is connected to by the
// goroutine that asks for it, as Do needs it.
func (n *Namespace) dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	if _, err := netip.ParseAddrPort(address); err != nil {
		return nil, fmt.Errorf("%s: connect: %w", n.Name, err)
	}
	err = n.Do(func() error {
		var d net.Dialer
		conn, err = d.DialContext(ctx, network, address)
		return err
	})
	return conn, err
}
