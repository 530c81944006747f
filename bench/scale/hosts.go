package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

const hostsConfig = oneLink + `    - hosts: %s
    - pool: '2001:db8:1:0:0:1::/96'
`

// hostsFile is a form of the file that hosts are read from.
type hostsFile struct {
	name       string
	head, line string // of the machine whose number, MAC and address follow
}

var hostsFiles = []hostsFile{
	{"hosts.yml", "", "host%06[1]d: {mac: '%[2]s', address: '2001:db8:1::%[3]x:%[4]x', tags: [web]}\n"},
	{"hosts.csv", "name,mac,address,tags\n", "host%06[1]d,%[2]s,2001:db8:1::%[3]x:%[4]x,web\n"},
}

func measureHosts(ctx context.Context, o options, r *report) error {
	for _, f := range hostsFiles {
		var rows []growth
		for _, n := range append([]int{1}, steps(1000, o.hosts)...) {
			g, err := hostsOf(ctx, o, f, n)
			if err != nil {
				return fmt.Errorf("%d hosts in %s: %w", n, f.name, err)
			}
			fmt.Fprintf(os.Stderr, "%d hosts in %s: start %v (%v of processors), memory %.1f MB, after a reload %.1f MB, live %.1f MB; reload: %v\n",
				n, f.name, g.start, g.cost, g.memory.resident/1e6, g.reload.resident/1e6, g.reload.live/1e6, g.busy)
			rows = append(rows, g)
		}
		r.hosts(f.name, rows)
	}
	return nil
}

// hostsOf measures a server that knows n hosts of a file.
func hostsOf(ctx context.Context, o options, f hostsFile, n int) (g growth, err error) {
	l, err := newLab(o)
	if err != nil {
		return g, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	g.n = n
	if err := f.write(l.path(f.name), n); err != nil {
		return g, err
	}
	if g.start, err = l.start(ctx, fmt.Sprintf(hostsConfig, f.name)); err != nil {
		return g, err
	}
	if g.cost, err = l.cpu(ctx); err != nil {
		return g, err
	}
	if err := pause(2 * time.Second)(ctx); err != nil {
		return g, err
	}
	if g.memory, err = l.memory(ctx); err != nil {
		return g, err
	}
	g.busy, err = l.during(ctx, func(ctx context.Context) error {
		_, err := l.ask(ctx, http.MethodPost, "/v1/reload")
		return err
	})
	if err != nil {
		return g, err
	}
	if err := pause(2 * time.Second)(ctx); err != nil {
		return g, err
	}
	g.reload, err = l.memory(ctx)
	return g, err
}

// write writes a file of n hosts.
func (f hostsFile) write(name string, n int) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := bufio.NewWriter(file)
	if _, err := io.WriteString(w, f.head); err != nil {
		return err
	}
	for i := range n {
		if _, err := fmt.Fprintf(w, f.line, i, mac(3, uint32(i)), i>>16+1, i&0xffff); err != nil {
			return err
		}
	}
	return w.Flush()
}
