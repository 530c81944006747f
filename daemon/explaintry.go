package daemon

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/explain"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/server"
)

// try tells what would become of the messages of a capture, or of a described client.
func (p *program) try(ctx context.Context, f *explainFlags, words []string) error {
	t, err := tried(words)
	if err != nil {
		return &usageError{fmt.Errorf("--try: %w", err)}
	}
	var told api.Explanations
	if f.offline || p.flags.Changed("config") && p.socket() == "" {
		told, err = p.tryOffline(ctx, t)
	} else {
		c, failed := p.client()
		if failed != nil {
			return failed
		}
		told, err = c.Try(ctx, t)
	}
	if err != nil {
		return err
	}
	return p.tellAll(f, &told)
}

// tried gives the messages of a capture file, or of a client in words.
func tried(words []string) (t api.Try, err error) {
	var all []string
	for _, w := range words {
		all = append(all, strings.Fields(w)...)
	}
	if name, on, ok := captureOf(all); ok {
		file, err := os.Open(name)
		if err != nil {
			return t, fmt.Errorf("%q is no type of message, such as solicit, and as a capture: %w", name, err)
		}
		defer file.Close()
		return captured(file, on)
	}
	m, err := explain.Describe(all)
	t.Messages = []api.TryMessage{m}
	return t, err
}

// captureOf says whether words name a capture file: alone, or with the interface that
// its messages are to come in by.
func captureOf(words []string) (name, on string, ok bool) {
	if len(words) == 2 {
		on, ok = strings.CutPrefix(words[1], "interface=")
	}
	if len(words) != 1 && !ok || strings.Contains(words[0], "=") || explain.IsMessage(words[0]) {
		return "", "", false
	}
	return words[0], on, true
}

// maxCapture is how many octets of a capture are read.
const maxCapture = 64 << 20

// maxTried is how many messages of a capture are tried: the server takes no more.
const maxTried = 64

// captured gives the messages to servers in a capture, the first 64.
func captured(r io.Reader, on string) (t api.Try, err error) {
	in := &io.LimitedReader{R: r, N: maxCapture + 1}
	err = netlab.EachPacket(in, func(p netlab.Packet) bool {
		if p.Destination.Port() == 547 {
			mac, _ := ident.MACFromBytes(p.MAC)
			t.Messages = append(t.Messages, api.TryMessage{Datagram: p.Payload, From: p.Source, To: p.Destination.Addr(), FrameMAC: mac, Interface: on})
		}
		return len(t.Messages) < maxTried
	})
	if in.N == 0 {
		return t, fmt.Errorf("the capture is longer than %d MiB: want only what is tried, as tcpdump -r FILE -w SMALLER udp port 547 gives it", maxCapture>>20)
	}
	if err != nil {
		return t, err
	}
	if len(t.Messages) == 0 {
		return t, fmt.Errorf("the capture has no datagram to UDP port 547")
	}
	return t, nil
}

// tryOffline tries messages on the server that the configuration would make, without
// any leases.
func (p *program) tryOffline(ctx context.Context, t api.Try) (told api.Explanations, err error) {
	file, err := p.load()
	if err != nil {
		return told, err
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	table, store := bindings.New(time.Now, bindings.Options{}), memory.New()
	pools := table.NewPoolSet()
	parts, err := assembly.Plugins(p.plugins).Make(assembly.Surroundings{
		File: file, Table: table, Pools: pools, Log: log, Clock: time.Now, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		parts.Close()
		return told, wrong(err)
	}
	defer parts.Close()
	pools.Activate()
	settings, err := assembly.Settings(file.Server6)
	if err != nil {
		return told, wrong(err)
	}
	id, err := parts.ServerID(ctx, store)
	if err != nil {
		return told, err
	}
	interfaces, err := kernelLinks()
	if err != nil {
		return told, err
	}
	links := assembly.Links(interfaces, file.Server6.Links, file.Server6.RapidCommit)
	table.SetReserved(assembly.Reserved(parts.Hosts, links, interfaces))
	srv := server.New(table, server.NewGeneration(settings, id, parts.Hosts, parts.Steps), links)
	all, err := tryAll(ctx, srv, time.Now(), t)
	if err != nil {
		return told, &usageError{err}
	}
	e := explain.Explainer{Hosts: func() *host.Registry { return parts.Hosts }, Surroundings: explain.Surroundings{Interface: interfaceName}}
	return e.Tried(all), nil
}
