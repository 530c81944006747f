// Command longrun lets machines of all kinds live with a stage6 server for an hour, or
// as long as is asked, over networks that lose, repeat, reorder and delay datagrams:
// they are installed, rebooted and switched off in the midst of it, renew, rebind,
// confirm, release and decline what they have, and begin anew. The server reads
// another configuration every minute. Every answer is held against the rules of RFC
// 9915, every lease that a machine holds is looked for in what the server lists, and
// the server's memory, goroutines and descriptors are looked at for leaks.
//
//	go run ./bench/longrun [--duration 1h] [--machines 200] [--seed 1] [--json FILE] path/to/stage6
//
// It is run as root. Its exit code is 0 if nothing was wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/stage6/stage6/internal/impair"
	"github.com/stage6/stage6/internal/netlab"
)

// options are what the command line says.
type options struct {
	binary   string
	duration time.Duration
	reload   time.Duration // between reloads
	sample   time.Duration // between looks at the process
	valid    time.Duration // how long leases of systems last
	machines int
	seed     uint64
	json     string // a file for the report; "" for none
	bad      impair.Rates
}

func main() {
	o, err := parse()
	if err != nil {
		fmt.Fprintln(os.Stderr, "longrun:", err)
		os.Exit(2)
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "longrun:", err)
		os.Exit(1)
	}
}

func parse() (o options, err error) {
	flag.DurationVar(&o.duration, "duration", time.Hour, "how long the machines live")
	flag.DurationVar(&o.reload, "reload", time.Minute, "how often the server reads another configuration")
	flag.DurationVar(&o.sample, "sample", 10*time.Second, "how often the server's process is looked at")
	flag.DurationVar(&o.valid, "valid", time.Minute, "how long the leases of systems last, 15 seconds or more")
	flag.IntVar(&o.machines, "machines", 200, "how many machines there are, 8 or more")
	flag.Uint64Var(&o.seed, "seed", 1, "a `number` that the machines' and the networks' luck follows from")
	flag.StringVar(&o.json, "json", "", "a `file` for the report as JSON")
	flag.Float64Var(&o.bad.Loss, "loss", 0.05, "the share of datagrams that are lost")
	flag.Float64Var(&o.bad.Duplicate, "duplicate", 0.02, "the share of those that come twice")
	flag.Float64Var(&o.bad.Reorder, "reorder", 0.05, "the share of those that others overtake")
	flag.DurationVar(&o.bad.Delay, "delay", 200*time.Millisecond, "how late they are at most")
	flag.Parse()
	if flag.NArg() != 1 || o.duration <= 0 || o.reload <= 0 || o.sample <= 0 || o.valid < 15*time.Second || o.machines < 8 || o.machines > 4000 {
		return o, errors.New("usage: longrun [flags] path/to/stage6; see --help")
	}
	o.binary, err = filepath.Abs(flag.Arg(0))
	return o, errors.Join(err, o.bad.Check())
}

func run(o options) (err error) {
	if err := netlab.Enter(); err != nil {
		return fmt.Errorf("%w; run it as root", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	n, err := newNetwork(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close()) }()
	report, err := live(ctx, o, n)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, n.server.log())
	}
	return report.tell(o)
}
