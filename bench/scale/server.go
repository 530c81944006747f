package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/stage6/stage6/internal/netlab"
)

// Where the server and the relay agents, which the clients are behind, have their
// addresses: the server and the agent of many clients on the loopback of one namespace,
// the agent of the probe at the other end of a cable, which is in another one.
var (
	serverAddress = netip.MustParseAddr("2001:db8::1")
	floodAddress  = netip.MustParseAddr("2001:db8::3")
	cableAddress  = netip.MustParseAddr("2001:db8:f::1")
	probeAddress  = netip.MustParseAddr("2001:db8:f::2")
)

// probeLink is the server's end of the cable to the probe, farLink the probe's.
const probeLink, farLink = "probe0", "far0"

// lab is a namespace with the server when it runs, and one with the probe.
type lab struct {
	binary, dir string
	space, far  *netlab.Namespace
	process     *netlab.Process
}

// newLab makes a namespace and a directory for a server's files.
func newLab(o options) (*lab, error) {
	dir, err := os.MkdirTemp(o.dir, "stage6-scale-")
	if err != nil {
		return nil, err
	}
	l := &lab{binary: o.binary, dir: dir}
	if err := l.build(); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// build makes the network.
func (l *lab) build() (err error) {
	if l.space, err = netlab.Open("scale"); err != nil {
		return err
	}
	if l.far, err = netlab.Open("probe"); err != nil {
		return err
	}
	if err := netlab.Cable(netlab.Port{Namespace: l.space, Link: probeLink}, netlab.Port{Namespace: l.far, Link: farLink}); err != nil {
		return err
	}
	return errors.Join(
		l.space.AddAddress("lo", netip.PrefixFrom(serverAddress, 128)),
		l.space.AddAddress("lo", netip.PrefixFrom(floodAddress, 128)),
		l.space.AddAddress(probeLink, netip.PrefixFrom(cableAddress, 64)),
		l.far.AddAddress(farLink, netip.PrefixFrom(probeAddress, 64)),
		l.far.AddRoute(farLink, netip.PrefixFrom(serverAddress, 128), cableAddress),
	)
}

func (l *lab) close() error {
	l.kill()
	var err error
	for _, n := range []*netlab.Namespace{l.space, l.far} {
		if n != nil {
			err = errors.Join(err, n.Close())
		}
	}
	return errors.Join(err, os.RemoveAll(l.dir))
}

func (l *lab) kill() {
	if l.process != nil {
		l.process.Kill()
		l.process = nil
	}
}

func (l *lab) path(name string) string { return filepath.Join(l.dir, name) }

// start starts the server with a configuration, and gives how long it took until it
// was ready.
func (l *lab) start(ctx context.Context, config string) (time.Duration, error) {
	l.kill()
	if err := l.configure(config); err != nil {
		return 0, err
	}
	begun := time.Now()
	var err error
	if l.process, err = l.space.Spawn(nil, "nice", "-n", strconv.Itoa(-niceness), l.binary, "serve", "--config", l.path("config.yml")); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for !l.ready(ctx) {
		select {
		case <-l.process.Done():
			return 0, fmt.Errorf("the server ended:\n%s", l.process.Output)
		case <-ctx.Done():
			return 0, fmt.Errorf("the server does not become ready: %w", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return time.Since(begun), nil
}

// configure writes the configuration.
func (l *lab) configure(config string) error {
	return os.WriteFile(l.path("config.yml"), []byte(strings.ReplaceAll(config, "$DIR", l.dir)), 0o600)
}

func (l *lab) ready(ctx context.Context) bool {
	_, err := l.ask(ctx, http.MethodGet, "/v1/ready")
	return err == nil
}

// ask asks the server's API.
func (l *lab) ask(ctx context.Context, method, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://stage6"+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := l.client().Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, body)
	}
	return body, err
}

func (l *lab) client() *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", l.path("api.sock"))
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
}
