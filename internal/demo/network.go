package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stage6/stage6/internal/api"
	"github.com/stage6/stage6/internal/netlab"
)

// The links of the network.
const (
	serverLink  = "prov0"
	machineLink = "eth0"
)

// serverAddress is what the server has on the link.
var serverAddress = netip.MustParsePrefix("2001:db8:10::2/64")

// machineMAC is that of web01 in config.yml.
var machineMAC = net.HardwareAddr{0x52, 0x54, 0x00, 0xaa, 0xbb, 0x01}

//go:embed config.yml
var config string

// network is two namespaces, one for the server and one for the machine, joined
// by a cable.
type network struct {
	dir     string // configuration, leases and API socket
	binary  string
	server  *server
	machine *netlab.Namespace
}

// server is the running stage6.
type server struct {
	*netlab.Namespace
	process *netlab.Process
}

// newNetwork makes the network and starts the server in it.
func newNetwork(ctx context.Context, binary string) (n *network, err error) {
	n = &network{}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.close())
		}
	}()
	if n.binary, err = filepath.Abs(binary); err != nil {
		return n, err
	}
	if n.dir, err = os.MkdirTemp("", "stage6-demo-"); err != nil {
		return n, err
	}
	if err = n.connect(ctx); err != nil {
		return n, err
	}
	return n, n.serve(ctx)
}

// connect makes the namespaces and the cable between them.
func (n *network) connect(ctx context.Context) error {
	ns, err := netlab.Open("server")
	if err != nil {
		return err
	}
	n.server = &server{Namespace: ns}
	if n.machine, err = netlab.Open("machine"); err != nil {
		return err
	}
	here, there := netlab.Port{Namespace: ns, Link: serverLink}, netlab.Port{Namespace: n.machine, Link: machineLink}
	if err := netlab.Cable(here, there); err != nil {
		return err
	}
	err = errors.Join(n.machine.Down(machineLink), n.machine.SetMAC(machineLink, machineMAC), n.machine.Up(machineLink),
		ns.AddAddress(serverLink, serverAddress))
	if err != nil {
		return err
	}
	_, err = ns.LinkLocal(ctx, serverLink)
	return err
}

// serve starts the server and waits until it answers.
func (n *network) serve(ctx context.Context) error {
	text := strings.ReplaceAll(config, "$DIR", n.dir)
	if err := os.WriteFile(n.config(), []byte(text), 0o644); err != nil {
		return err
	}
	var err error
	if n.server.process, err = n.server.Spawn(nil, n.binary, "serve", "--config", n.config()); err != nil {
		return err
	}
	client, err := api.NewClient(n.api())
	if err != nil {
		return err
	}
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		if h, err := client.Health(ctx); err == nil && h.Ready {
			return nil
		}
		select {
		case <-look.C:
		case <-n.server.process.Done():
			return fmt.Errorf("the server ended:\n%s", n.server.process.Output)
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready: %w\n%s", ctx.Err(), n.server.process.Output)
		}
	}
}

func (n *network) config() string { return filepath.Join(n.dir, "config.yml") }
func (n *network) api() string    { return "unix:" + filepath.Join(n.dir, "api.sock") }

// close ends everything and removes what was made.
func (n *network) close() error {
	var errs []error
	if n.server != nil && n.server.process != nil {
		ctx, cancel := context.WithTimeout(context.Background(), bound)
		defer cancel()
		errs = append(errs, n.server.process.Stop(ctx))
	}
	if n.machine != nil {
		errs = append(errs, n.machine.Close())
	}
	if n.server != nil {
		errs = append(errs, n.server.Close())
	}
	if n.dir != "" {
		errs = append(errs, os.RemoveAll(n.dir))
	}
	return errors.Join(errs...)
}
