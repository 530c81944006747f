// Command peers measures DHCPv6 servers beside each other: Kea, ISC's dhcpd,
// dnsmasq and stage6, each in a namespace of its own at the end of a cable, with the
// same pool and the same options, all keeping their leases on a disk. perfdhcp, of
// Kea's, is the crowd of clients.
//
//	go run ./bench/peers [--servers kea,stage6] [--runs 3] [--seconds 10] [--report FILE] path/to/stage6
//
// Of each server and scenario it finds the best rate at which less than half a
// percent of the exchanges is lost, and, at a rate that all can keep, the processor
// time of an exchange, the delay of answers and the memory at most. Every figure is
// the median of the runs. It is run as root, on a machine that does nothing else.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options are what the command line says.
type options struct {
	binary    string
	servers   []string
	scenarios []string
	runs      int
	time      time.Duration // of a measurement
	rate      int           // exchanges a second, at which cost is measured
	report    string
}

func main() {
	o, err := parse()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := measure(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func parse() (o options, err error) {
	var names, scenarios string
	var seconds int
	flag.StringVar(&names, "servers", "kea,dhcpd,dnsmasq,stage6", "which `servers`, with commas between them")
	flag.StringVar(&scenarios, "scenarios", "exchange,renew,prefix,relayed,rapid", "which `scenarios`, with commas between them")
	flag.IntVar(&o.runs, "runs", 3, "how often each is measured")
	flag.IntVar(&seconds, "seconds", 10, "how long each measurement takes")
	flag.IntVar(&o.rate, "rate", 1000, "exchanges a second at which cost is measured")
	flag.StringVar(&o.report, "report", "", "a `file` for the tables; else the standard output")
	flag.Parse()
	if flag.NArg() != 1 || o.runs < 1 || seconds < 1 || o.rate < 1 {
		return o, fmt.Errorf("usage: peers [flags] path/to/stage6; see --help")
	}
	o.binary, o.time = flag.Arg(0), time.Duration(seconds)*time.Second
	o.servers, o.scenarios = strings.Split(names, ","), strings.Split(scenarios, ",")
	return o, nil
}

// measure measures all servers in all scenarios, and writes the report.
func measure(ctx context.Context, o options) error {
	var all []row
	for _, scenario := range o.scenarios {
		s, err := lookScenario(scenario)
		if err != nil {
			return err
		}
		for _, name := range o.servers {
			p, err := lookPeer(name, o.binary)
			if err != nil {
				return err
			}
			if s.lacks(name) {
				continue
			}
			r, err := measureOne(ctx, o, p, s)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", name, scenario, err)
			}
			fmt.Fprintln(os.Stderr, r)
			all = append(all, r)
		}
	}
	return write(o, all)
}

// measureOne takes the figures of one server in one scenario.
func measureOne(ctx context.Context, o options, p peer, s scenario) (row, error) {
	var samples []sample
	for range o.runs {
		one, err := sampleOf(ctx, o, p, s)
		if err != nil {
			return row{}, err
		}
		samples = append(samples, one)
	}
	return median(p.name, s.name, samples), nil
}
