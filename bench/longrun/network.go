package main

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/impair"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/simulate"
	"github.com/stage6/stage6/internal/testrelay"
)

// network is the server and five ways to it:
//
//	three machines ----------------- switch - server    on the link itself
//	a machine - access switch (LDRA) /                  through an LDRA
//	machines and their relay agent ---------- server    relayed
//	machines and their relay agent - agent -- server    relayed twice
//	machines behind LDRAs - agent ----------- server    by an LDRA and a relay agent
type network struct {
	dir     string
	spaces  []*netlab.Namespace
	station *netlab.Namespace // the server's
	server  *server
	ways    []*segment
	agents  []*testrelay.Agent
	ldra    netip.Addr // of the access switch on the server's link
}

// segment is a way to the server and the link at the end of it.
type segment struct {
	name    string
	prefix  netip.Prefix // of the machines' link
	carrier *simulate.Carrier
	own     ident.MAC // the machine's, if there is only one that the server sees; else zero
}

// patience is how long the network may take to come up.
const patience = 30 * time.Second

func newNetwork(ctx context.Context, o options) (*network, error) {
	n := &network{}
	if err := n.build(ctx, o); err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

func (n *network) build(ctx context.Context, o options) (err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if n.dir, err = os.MkdirTemp("", "stage6-longrun-"); err != nil {
		return err
	}
	if n.station, err = n.open("server"); err != nil {
		return err
	}
	for _, step := range []func(context.Context, options) error{n.linkItself, n.relayed, n.relayedTwice, n.behindLDRAs} {
		if err := step(ctx, o); err != nil {
			return err
		}
	}
	n.server, err = startServer(ctx, n, o)
	return err
}

func (n *network) open(name string) (*netlab.Namespace, error) {
	ns, err := netlab.Open(name)
	if err == nil {
		n.spaces = append(n.spaces, ns)
	}
	return ns, err
}

// cable joins two links and gives them addresses, if those are wanted.
func cable(ctx context.Context, a netlab.Port, at string, b netlab.Port, bt string) error {
	if err := netlab.Cable(a, b); err != nil {
		return err
	}
	for _, end := range []struct {
		port    netlab.Port
		address string
	}{{a, at}, {b, bt}} {
		if end.address != "" {
			if err := end.port.AddAddress(end.port.Link, netip.MustParsePrefix(end.address)); err != nil {
				return err
			}
		}
		if _, err := end.port.LinkLocal(ctx, end.port.Link); err != nil {
			return err
		}
	}
	return nil
}

func port(ns *netlab.Namespace, link string) netlab.Port {
	return netlab.Port{Namespace: ns, Link: link}
}

// impaired counts what became of all datagrams.
func (n *network) impaired() (sum impair.Counts) {
	for _, s := range n.ways {
		sum = sum.Add(s.carrier.Impaired())
	}
	for _, a := range n.agents {
		sum = sum.Add(a.Impaired())
	}
	return sum
}

// close stops the server and takes everything away. What was not built is passed
// over.
func (n *network) close() (err error) {
	for _, s := range n.ways {
		if s.carrier != nil {
			err = errors.Join(err, s.carrier.Close())
		}
	}
	for _, a := range n.agents {
		err = errors.Join(err, a.Close())
	}
	if n.server != nil {
		n.server.process.Kill()
	}
	for _, ns := range n.spaces {
		err = errors.Join(err, ns.Close())
	}
	if n.dir != "" {
		err = errors.Join(err, os.RemoveAll(n.dir))
	}
	return err
}
