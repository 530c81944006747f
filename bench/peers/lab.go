package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/stage6/stage6/internal/netlab"
)

// lab is two namespaces with a cable between them, and a server in one.
type lab struct {
	name            string // of the server
	dir             string
	clients, server *netlab.Namespace
	process         *netlab.Process
}

// newLab makes the network and starts a server, and waits until it answers.
func newLab(ctx context.Context, p peer, hosts known) (*lab, error) {
	l := &lab{name: p.name}
	if err := l.build(ctx, p, hosts); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

func (l *lab) build(ctx context.Context, p peer, hosts known) (err error) {
	if l.dir, err = os.MkdirTemp("", "stage6-peers-"); err != nil {
		return err
	}
	if l.clients, err = netlab.Open("clients"); err != nil {
		return err
	}
	if l.server, err = netlab.Open("server"); err != nil {
		return err
	}
	if err := l.cable(ctx); err != nil {
		return err
	}
	command, err := p.prepare(l.dir, hosts)
	if err != nil {
		return err
	}
	if l.process, err = l.server.Spawn(nil, command[0], command[1:]...); err != nil {
		return err
	}
	return l.await(ctx)
}

// The addresses of the cable's ends, beside those of the links.
const (
	clientsAddress = "2001:db8:1::2"
	serverAddress  = "2001:db8:1::1"
)

func (l *lab) cable(ctx context.Context) error {
	err := netlab.Cable(netlab.Port{Namespace: l.clients, Link: "cli0"}, netlab.Port{Namespace: l.server, Link: "srv0"})
	if err != nil {
		return err
	}
	if _, err := l.clients.LinkLocal(ctx, "cli0"); err != nil {
		return err
	}
	if _, err := l.server.LinkLocal(ctx, "srv0"); err != nil {
		return err
	}
	return errors.Join(
		l.clients.AddAddress("cli0", netip.MustParsePrefix(clientsAddress+"/64")),
		l.server.AddAddress("srv0", netip.MustParsePrefix(serverAddress+"/64")),
	)
}

// await waits until the server answers one client.
func (l *lab) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		got, err := l.generate(ctx, "perfdhcp", onCable([]string{"-n", "1", "-i", "-b", "mac=" + firstMAC.String()}))
		if err == nil && got.received() > 0 {
			return nil
		}
		select {
		case <-l.process.Done():
			return fmt.Errorf("the server ended:\n%s", l.process.Output)
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer (%w):\n%s", err, l.process.Output)
		default:
		}
	}
}

// close ends the server and takes the network down.
func (l *lab) close() error {
	var errs []error
	if l.process != nil {
		l.process.Kill()
	}
	for _, n := range []*netlab.Namespace{l.clients, l.server} {
		if n != nil {
			errs = append(errs, n.Close())
		}
	}
	return errors.Join(append(errs, os.RemoveAll(l.dir))...)
}
