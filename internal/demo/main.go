// Command demo shows stage6 at its main job: on a throw-away network, a machine
// boots through firmware, loader and installer to its installed system, and each
// of them, another DHCPv6 client every time, gets what it needs from the server.
//
// It needs no root, leaves nothing behind, and touches nothing of the machine's
// own network. "make run" runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/stage6/stage6/internal/netlab"
)

// bound is how long the whole story may take on a slow machine.
const bound = 2 * time.Minute

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	binary := flag.String("stage6", "bin/stage6", "the server")
	once := flag.Bool("once", false, "end after the story")
	flag.Parse()
	if err := netlab.Enter(); err != nil {
		return fmt.Errorf("namespaces cannot be made here: %w\nRun this as root, or allow user namespaces: sysctl kernel.unprivileged_userns_clone=1", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	n, err := newNetwork(ctx, *binary)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close()) }()
	if err := tellInTime(ctx, n); err != nil || *once {
		return err
	}
	n.printCommands()
	<-ctx.Done()
	fmt.Println("\nending")
	return nil
}

// tellInTime tells the story. Being interrupted in it is no error.
func tellInTime(ctx context.Context, n *network) error {
	timed, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	err := n.tell(timed)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w\nThe server wrote:\n%s", err, n.server.process.Output)
	}
	return nil
}
