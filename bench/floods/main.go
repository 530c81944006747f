// Command floods measures what others notice when somebody floods stage6: machines boot
// and renew beside each flood, with the limits of the server and without.
//
//	go run ./bench/floods [--machines 50] [--time 10s] [--report FILE] path/to/stage6
//
// It starts the program that it is given in namespaces of its own. It is run as root, on a
// machine that does nothing else, and takes some minutes. The report is Markdown.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/stage6/stage6/internal/flood/floodlab"
)

// options are what the command line says.
type options struct {
	binary   string
	machines int
	time     time.Duration
	report   string
}

func main() {
	o, err := parse()
	if err != nil {
		fmt.Fprintln(os.Stderr, "floods:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := measure(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "floods:", err)
		os.Exit(1)
	}
}

func parse() (o options, err error) {
	flag.IntVar(&o.machines, "machines", 50, "how many machines boot beside a flood, at most 50")
	flag.DurationVar(&o.time, "time", 10*time.Second, "within which `time` they power on")
	flag.StringVar(&o.report, "report", "", "a `file` for the report; else the standard output")
	flag.Parse()
	if flag.NArg() != 1 || o.machines < 3 || o.machines > 50 {
		return o, fmt.Errorf("usage: floods [flags] path/to/stage6; see --help")
	}
	o.binary, err = filepath.Abs(flag.Arg(0))
	return o, err
}

// measure measures all floods, and none, with and without limits.
func measure(ctx context.Context, o options) (err error) {
	out := os.Stdout
	if o.report != "" {
		if out, err = os.Create(o.report); err != nil {
			return err
		}
		defer out.Close()
	}
	fmt.Fprintln(out, "| flood | limits | sent/s | machines | booted | median | 90 % | 99 % |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
	kinds := []*floodlab.Kind{nil}
	for _, k := range floodlab.Kinds() {
		kinds = append(kinds, &k)
	}
	for _, k := range kinds {
		for _, limits := range []string{"true", "false"} {
			if err := one(ctx, o, out, k, limits); err != nil {
				return err
			}
		}
	}
	return nil
}

// one measures one flood.
func one(ctx context.Context, o options, out io.Writer, k *floodlab.Kind, limits string) error {
	dir, err := os.MkdirTemp("", "floods-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	l, err := floodlab.Open(ctx, o.binary, dir, limits)
	if err != nil {
		return err
	}
	defer l.Close()
	counts := [...]int{floodlab.Known: o.machines * 2 / 5, floodlab.Strangers: o.machines * 3 / 10, floodlab.Elsewhere: o.machines * 3 / 10}
	results, sent, took, err := l.Run(ctx, k, counts, o.time)
	if err != nil {
		return err
	}
	name, how := "none", map[string]string{"true": "on", "false": "off"}[limits]
	if k != nil {
		name = k.Name
	}
	for g, r := range results {
		ms := func(p int) string { return fmt.Sprintf("%.1f ms", r.Percentile(p).Seconds()*1000) }
		fmt.Fprintf(out, "| %s | %s | %.0f | %v | %d of %d | %s | %s | %s |\n", name, how, float64(sent)/took.Seconds(), floodlab.Group(g), r.Booted, r.Machines, ms(50), ms(90), ms(99))
	}
	return nil
}
