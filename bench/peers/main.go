// Command peers measures DHCPv6 servers beside each other: Kea, ISC's dhcpd,
// dnsmasq, CoreDHCP and stage6, each in a namespace of its own at the end of a cable,
// with the same pool and the same options, and their leases on a disk. perfdhcp, of
// Kea's, is the crowd of clients, and "stage6 simulate" a rack that powers on.
//
//	go run ./bench/peers [--servers kea,stage6] [--scenarios exchange,rack] [--runs 3] [--seconds 5] [--report FILE] path/to/stage6
//
// Of each server and scenario it finds the best rate at which less than half a
// percent of the messages stays without an answer, and, at one rate for all, the
// processor time of an exchange, how long answers take, and the memory at most.
// Every figure is the median of the runs. With --best=false it only takes cost and delays, of stage6 also at the
// rates of --also, which is quick, and tells how often its threads waited. It is run as root, on a machine that does
// nothing else; docs/performance.md says what the figures mean.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	beOther(os.Args[1:])
	o, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, o))
}

// beOther is what runs in the namespaces: this program, too. It does not return then.
func beOther(args []string) {
	switch {
	case len(args) == 2 && args[0] == mirrorCommand:
		exit(mirror(args[1]))
	case len(args) == 4 && args[0] == rapidCommand:
		exit(rapid(args[1], args[2], args[3]))
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run measures what the options say, and writes the report. What failed is told in
// the report, and is an error after that.
func run(ctx context.Context, o options) (err error) {
	if err := o.prepare(ctx); err != nil {
		return err
	}
	restore, err := widen()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, restore()) }()
	disturbed, err := busy()
	if err != nil {
		return err
	}
	fmt.Fprint(os.Stderr, disturbed)
	all, err := measure(ctx, o)
	if err != nil {
		return err
	}
	if err := write(o, disturbed, all); err != nil {
		return err
	}
	if told := failures(all); told != "" {
		return errors.New(strings.TrimSpace(told))
	}
	return nil
}
