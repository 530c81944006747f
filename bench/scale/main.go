// Command scale measures how the cost of stage6 grows: with leases, with known hosts
// and with links. It starts the program that it is given in a namespace of its own,
// over leases that it has put into the store by the store's own interface.
//
//	go run ./bench/scale [--leases 1000000] [--hosts 100000] [--links 1000] [--report FILE] path/to/stage6
//
// Each of the three is measured at 1,000 (of links, 1) and ten times as many, and so on
// up to the number; 0 leaves it out. It is run as root, on a machine that does nothing
// else, and takes a quarter of an hour, most of which the expiry of the leases is waited
// for. The report is Markdown, with plots that GitHub draws.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/stage6/stage6/bench/stalls"
)

// options are what the command line says.
type options struct {
	binary               string
	leases, hosts, links int // at most
	flood                int // new leases that are asked for while answers are timed
	dir                  string
	report               string
}

func main() {
	stalls.BeOther(os.Args[1:])
	o, err := parse()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := giveWay(); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
	if err := measure(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func parse() (o options, err error) {
	flag.IntVar(&o.leases, "leases", 1_000_000, "how many leases at most")
	flag.IntVar(&o.hosts, "hosts", 100_000, "how many hosts at most")
	flag.IntVar(&o.links, "links", 1000, "how many links at most")
	flag.IntVar(&o.flood, "flood", 300_000, "how many new leases are asked for while the store writes its tables anew")
	flag.StringVar(&o.dir, "dir", "", "a `directory` on a disk for the leases; else one for temporary files")
	flag.StringVar(&o.report, "report", "", "a `file` for the report; else the standard output")
	flag.Parse()
	if flag.NArg() != 1 || min(o.leases, o.hosts, o.links, o.flood) < 0 {
		return o, fmt.Errorf("usage: scale [flags] path/to/stage6; see --help")
	}
	o.binary, err = filepath.Abs(flag.Arg(0))
	return o, err
}

// niceness is that of the clients. They share the server's processors here, and elsewhere do
// not: what they do is not to make it wait.
const niceness = 10

// giveWay gives all threads of the program that niceness, and those to come.
func giveWay() error {
	threads, err := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		n, err2 := strconv.Atoi(t.Name())
		err = errors.Join(err, err2, syscall.Setpriority(syscall.PRIO_PROCESS, n, niceness))
	}
	return err
}

// measure measures all and writes the report.
func measure(ctx context.Context, o options) error {
	r := newReport()
	for _, part := range []struct {
		most    int
		measure func(context.Context, options, *report) error
	}{{o.leases, measureLeases}, {o.hosts, measureHosts}, {o.links, measureLinks}, {o.links, measureInterfaces}} {
		if part.most == 0 {
			continue
		}
		if err := part.measure(ctx, o, r); err != nil {
			return err
		}
	}
	return r.write(o.report)
}

// steps gives the numbers that are measured: from first on ten times as many each,
// and most.
func steps(first, most int) (out []int) {
	for n := first; n < most; n *= 10 {
		out = append(out, n)
	}
	return append(out, most)
}
