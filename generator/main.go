// Command generator builds stage6 with plugins of choice, writes the list of
// plugins of the default build, and begins new plugins.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// The exit codes of the program.
const (
	exitOK          = 0
	exitFailed      = 1 // the build failed
	exitUsage       = 2 // the command line or a list is wrong
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// program is what all commands share.
type program struct {
	folder         string           // that the user is in
	build          *debug.BuildInfo // of this program; nil: not known
	stdout, stderr io.Writer
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	p := &program{stdout: stdout, stderr: stderr}
	p.build, _ = debug.ReadBuildInfo()
	var err error
	if p.folder, err = os.Getwd(); err == nil {
		err = p.execute(ctx, args)
	}
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "generator:", err)
	var failed *failedError
	switch {
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &failed):
		return exitFailed
	}
	return exitUsage
}

// failedError is an error of what was understood.
type failedError struct{ err error }

func (e *failedError) Error() string { return e.err.Error() }
func (e *failedError) Unwrap() error { return e.err }

// failed makes an error of what was understood, or nil of nil.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return &failedError{err}
}
