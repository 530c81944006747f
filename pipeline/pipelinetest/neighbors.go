package pipelinetest

import (
	"net/netip"

	"github.com/stage6/stage6/ident"
)

// neighbors are the machines on the links, which answer at once, or never.
type neighbors struct {
	known  map[netip.Addr]ident.MAC
	answer ident.MAC // of who is solicited next
}

func (n *neighbors) MAC(_ uint32, a netip.Addr) ident.MAC { return n.known[a] }

func (n *neighbors) Solicit(_ uint32, a netip.Addr) <-chan struct{} {
	known := make(chan struct{})
	if !n.answer.IsZero() {
		n.known[a] = n.answer
		close(known)
	}
	return known
}
