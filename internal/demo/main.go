// Command demo shows stage6 at work: in throw-away namespaces it starts the real
// server, two relay agents and a simulated machine, and tells how the machine
// boots and what it is given. It then stays until a signal ends it, so that one
// can look around; with ONCE=1, or without a terminal, it ends with the story.
//
//	demo path/to/stage6
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/netlab"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "make run:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return errors.New("want one argument, the path of the stage6 binary")
	}
	unprivileged := os.Getenv(enteredVariable) != "" || os.Geteuid() != 0
	if unprivileged {
		os.Setenv(enteredVariable, "1")
	}
	if err := netlab.Enter(); err != nil {
		return fmt.Errorf("%w; run it as root, or allow user namespaces", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	binary, err := filepath.Abs(os.Args[1])
	if err != nil {
		return err
	}
	return show(ctx, &teller{binary: binary, typed: os.Args[1], unprivileged: unprivileged})
}

// enteredVariable tells the program that runs as root of a user namespace of ours
// from one that somebody with root's rights started.
const enteredVariable = "STAGE6_DEMO_UNPRIVILEGED"

// show builds the network, tells the story, and stays if somebody looks on.
func show(ctx context.Context, t *teller) (err error) {
	n, err := newNetwork()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close()) }()
	if err := n.startServer(ctx, t.binary); err != nil {
		return interrupted(ctx, err)
	}
	t.network = n
	if err := t.tell(ctx); err != nil {
		return interrupted(ctx, fmt.Errorf("%w\nthe server's log:\n%s", err, n.server.Output))
	}
	if os.Getenv("ONCE") != "" || !isTerminal(os.Stdout) || !isTerminal(os.Stdin) {
		return nil
	}
	t.invite()
	return n.stay(ctx)
}

// interrupted makes nothing of an error that a signal led to.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
