package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// options are what the command line says.
type options struct {
	binary    string // of stage6
	work      string // directory for what is built
	servers   []string
	scenarios []scenario
	runs      int
	steady    time.Duration // of the measurement at a fixed rate
	probe     time.Duration // of each try of the search for the best rate
	rate      int           // exchanges a second, at which cost and delay are measured
	also      []int         // rates at which stage6 is measured, too
	search    bool          // for the best rate, too
	machines  int           // of the rack
	report    string
	profiles  string // directory for profiles of stage6
}

// parse reads the command line.
func parse(args []string) (o options, err error) {
	var servers, scenarios, also string
	var seconds int
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	f.StringVar(&servers, "servers", strings.Join(peerNames, ","), "which `servers`, with commas between them")
	f.StringVar(&scenarios, "scenarios", "all", "which `scenarios`, with commas between them")
	f.IntVar(&o.runs, "runs", 3, "how often each is measured")
	f.IntVar(&seconds, "seconds", 5, "how long the measurement at the fixed rate takes; one try of the search takes 2 s at most")
	f.IntVar(&o.rate, "rate", 3000, "exchanges a second at which cost and delays are measured; slower servers at a third of it, and so on")
	f.StringVar(&also, "also", "", "`rates`, with commas between them, at which stage6 is measured, too")
	f.BoolVar(&o.search, "best", true, "search for the best rate; without it, cost and delays alone are measured")
	f.IntVar(&o.machines, "machines", 200, "machines of the rack that powers on")
	f.StringVar(&o.work, "work", "dist/bench", "a `directory` for what is built")
	f.StringVar(&o.report, "report", "", "a `file` for the tables; else the standard output")
	f.StringVar(&o.profiles, "profiles", "", "a `directory` for profiles of stage6 at the fixed rate, which then costs a little more")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() != 1 || o.runs < 1 || seconds < 1 || o.rate < 1 || o.machines < 1 {
		return o, errors.New("usage: peers [flags] path/to/stage6; see --help")
	}
	o.steady = time.Duration(seconds) * time.Second
	o.probe = min(o.steady, 2*time.Second)
	if o.binary, err = filepath.Abs(f.Arg(0)); err != nil {
		return o, err
	}
	if o.also, err = numbers(also); err != nil {
		return o, err
	}
	return o, o.choose(servers, scenarios)
}

// numbers reads rates with commas between them.
func numbers(text string) (all []int, err error) {
	if text == "" {
		return nil, nil
	}
	for one := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(one)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("rate %q: want a whole number, at least 1", one)
		}
		all = append(all, n)
	}
	return all, nil
}

// choose looks the names of servers and scenarios up.
func (o *options) choose(servers, scenarios string) error {
	o.servers = strings.Split(servers, ",")
	for _, name := range o.servers {
		if !slices.Contains(peerNames, name) {
			return fmt.Errorf("server %q: want some of %s", name, strings.Join(peerNames, ", "))
		}
	}
	for name := range strings.SplitSeq(scenarios, ",") {
		found := choose(name)
		if len(found) == 0 {
			return fmt.Errorf("scenario %q: want all, or some of %s", name, strings.Join(scenarioNames(), ", "))
		}
		o.scenarios = append(o.scenarios, found...)
	}
	return nil
}

// prepare sees to it that everything that is to be run is there.
func (o *options) prepare(ctx context.Context) (err error) {
	if os.Geteuid() != 0 {
		return errors.New("namespaces need root: run it as root")
	}
	if o.work, err = filepath.Abs(o.work); err != nil {
		return err
	}
	if err := os.MkdirAll(o.work, 0o755); err != nil {
		return err
	}
	return errors.Join(missing(o.servers), buildCoreDHCP(ctx, *o))
}
