package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/stage6/stage6/internal/netlab"
)

// most is how many interfaces are made at most: the kernel takes a while for each.
const most = 100

func measureInterfaces(ctx context.Context, o options, r *report) error {
	numbers := append([]int{0}, steps(1, min(o.links, most))...)
	rows, err := measureEach("interfaces", numbers, func(n int) (growth, error) { return interfacesOf(ctx, o, n) })
	if err != nil {
		return err
	}
	r.interfaces(rows)
	return nil
}

// interfacesOf measures a server that listens on n interfaces, each with a link of its
// own. The clients are behind a relay agent, since otherwise it would be the kernel's table
// of neighbours that is measured.
func interfacesOf(ctx context.Context, o options, n int) (g growth, err error) {
	l, err := newLab(o)
	if err != nil {
		return g, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	far, err := netlab.Open("far")
	if err != nil {
		return g, err
	}
	defer func() { err = errors.Join(err, far.Close()) }()
	g.n = n
	for i := range n {
		if err := l.cable(far, i); err != nil {
			return g, err
		}
	}
	if g.start, err = l.start(ctx, interfacesConfig(n)); err != nil {
		return g, err
	}
	return g, l.exchanges(ctx, &g, rack)
}

// cable makes the nth interface of the server, with a prefix of its own.
func (l *lab) cable(far *netlab.Namespace, n int) error {
	name := fmt.Sprintf("net%d", n)
	if err := netlab.Cable(netlab.Port{Namespace: l.space, Link: name}, netlab.Port{Namespace: far, Link: name}); err != nil {
		return err
	}
	return l.space.AddAddress(name, netip.PrefixFrom(linkPrefix(n).Next(), 64))
}

// interfacesConfig is leasesConfig for a server that listens on n interfaces, too.
func interfacesConfig(n int) string {
	listen := "'[2001:db8::1]'"
	for i := range n {
		listen += fmt.Sprintf(", '[ff02::1:2%%net%d]'", i)
	}
	return strings.Replace(leasesConfig, "'[2001:db8::1]'", listen, 1)
}
