package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/simulate"
	"github.com/stage6/stage6/internal/testrelay"
)

// network is the machine "web01", an access switch that is an LDRA, a router that
// is a relay agent, and the server.
type network struct {
	dir                                  string // configuration, leases, socket
	machineSide, access, router, station *netlab.Namespace
	agents                               []*testrelay.Agent
	server                               *netlab.Process
}

// machineMAC is by what the server knows web01.
var machineMAC = ident.MAC{0x52, 0x54, 0x00, 0xaa, 0xbb, 0x01}

// machineUUID is web01's as people read it.
var machineUUID = simulate.UUID{0x4c, 0x4c, 0x45, 0x44, 0x00, 0x42, 0x35, 0x10, 0x80, 0x52, 0xb4, 0xc0, 0x4f, 0x4a, 0x31, 0x32}

// patience is how long the demonstration waits for any one thing.
const patience = 20 * time.Second

func newNetwork() (*network, error) {
	n := &network{}
	if err := n.build(); err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

func (n *network) build() (err error) {
	if n.dir, err = os.MkdirTemp("", "stage6-run-"); err != nil {
		return err
	}
	for _, place := range []struct {
		name string
		to   **netlab.Namespace
	}{{"web01", &n.machineSide}, {"access switch", &n.access}, {"router", &n.router}, {"server", &n.station}} {
		if *place.to, err = netlab.Open(place.name); err != nil {
			return err
		}
	}
	if err := n.cables(); err != nil {
		return err
	}
	return n.startAgents()
}

func (n *network) cables() error {
	port := func(ns *netlab.Namespace, link string) netlab.Port { return netlab.Port{Namespace: ns, Link: link} }
	return errors.Join(
		netlab.Cable(port(n.machineSide, "eth0"), port(n.access, "down")),
		netlab.Cable(port(n.access, "up"), port(n.router, "down")),
		netlab.Cable(port(n.router, "up"), port(n.station, "eth0")),
		n.setMAC(),
		n.router.AddAddress("down", netip.MustParsePrefix("2001:db8:10::1/64")),
		n.router.AddAddress("up", netip.MustParsePrefix("2001:db8:ff::1/64")),
		n.station.AddAddress("eth0", netip.MustParsePrefix("2001:db8:ff::2/64")),
		n.station.AddRoute("eth0", netip.MustParsePrefix("2001:db8:10::/64"), netip.MustParseAddr("2001:db8:ff::1")),
		n.access.Forward(),
		n.router.Forward(),
	)
}

func (n *network) setMAC() error {
	return errors.Join(n.machineSide.Down("eth0"), n.machineSide.SetMAC("eth0", machineMAC[:]), n.machineSide.Up("eth0"))
}

func (n *network) startAgents() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, config := range []testrelay.Config{
		{
			Namespace: n.access, Down: "down", Up: "up",
			InterfaceID: []byte("port 7"), ClientMAC: true,
		},
		{
			Namespace: n.router, Down: "down", Up: "up",
			LinkAddress: netip.MustParseAddr("2001:db8:10::1"), Server: netip.MustParseAddr("2001:db8:ff::2"),
			RemoteID: &dhcpv6.OptRemoteID{EnterpriseNumber: 9, RemoteID: []byte("router")},
		},
	} {
		for _, link := range []string{config.Down, config.Up} {
			if _, err := config.Namespace.LinkLocal(ctx, link); err != nil {
				return err
			}
		}
		agent, err := testrelay.Start(config)
		if err != nil {
			return err
		}
		n.agents = append(n.agents, agent)
	}
	return nil
}

// installerAPI is where installers reach the server.
const installerAPI = "http://[2001:db8:ff::2]:8067"

// connect gives the machine an address and makes the way from there to the
// server. The access switch, which is no bridge here, hands on what comes.
func (n *network) connect(ctx context.Context, address netip.Addr) error {
	server := wholeAddress(netip.MustParseAddr("2001:db8:ff::2"))
	for _, hop := range []struct {
		from *netlab.Namespace
		link string
		to   netip.Prefix
		via  *netlab.Namespace
		at   string
	}{
		{n.machineSide, "eth0", server, n.access, "down"},
		{n.access, "up", server, n.router, "down"},
		{n.router, "down", wholeAddress(address), n.access, "up"},
		{n.access, "down", wholeAddress(address), n.machineSide, "eth0"},
	} {
		via, err := hop.via.LinkLocal(ctx, hop.at)
		if err == nil {
			err = hop.from.AddRoute(hop.link, hop.to, via)
		}
		if err != nil {
			return err
		}
	}
	return n.machineSide.AddAddress("eth0", wholeAddress(address))
}

// disconnect takes the address away, as a reboot does.
func (n *network) disconnect(address netip.Addr) error {
	return n.machineSide.RemoveAddress("eth0", wholeAddress(address))
}

// startServer writes the configuration and waits until the server is ready.
func (n *network) startServer(ctx context.Context, binary string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ldra, err := n.access.LinkLocal(ctx, "up")
	if err != nil {
		return err
	}
	config := strings.NewReplacer("$DIR", n.dir, "$LDRA", ldra.String()).Replace(configuration)
	if err := os.WriteFile(n.config(), []byte(config), 0o644); err != nil {
		return err
	}
	if n.server, err = n.station.Spawn(nil, binary, "serve", "--config", n.config()); err != nil {
		return err
	}
	if err := n.server.WaitOutput(ctx, 0, "msg=ready"); err != nil {
		return fmt.Errorf("start the server: %w\n%s", err, n.server.Output)
	}
	return nil
}

func (n *network) config() string { return filepath.Join(n.dir, "config.yml") }

func (n *network) api() string { return "unix:" + filepath.Join(n.dir, "api.sock") }

// stay waits for a signal; the server's end before that is an error.
func (n *network) stay(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-n.server.Done():
		return interrupted(ctx, fmt.Errorf("the server ended:\n%s", n.server.Output))
	}
}

// close stops the server and takes everything away. What was not built is passed
// over.
func (n *network) close() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if n.server != nil {
		err = n.server.Stop(ctx)
	}
	for _, agent := range n.agents {
		err = errors.Join(err, agent.Close())
	}
	for _, ns := range []*netlab.Namespace{n.machineSide, n.access, n.router, n.station} {
		if ns != nil {
			err = errors.Join(err, ns.Close())
		}
	}
	return errors.Join(err, os.RemoveAll(n.dir))
}
