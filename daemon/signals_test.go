package daemon

import (
	"context"
	"os/signal"
	"syscall"
	"testing"
)

// raise sends a signal to this process.
func raise(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(syscall.Getpid(), s); err != nil {
		t.Fatal(err)
	}
}

func TestHangupsAreHeardAndTheNextSignalEnds(t *testing.T) {
	t.Cleanup(func() { signal.Reset(syscall.SIGPIPE) })
	ignorePipe()
	ctx, stop := firstSignal(t.Context())
	defer stop()
	hangup, stopHangups := hangups()
	defer stopHangups()
	raise(t, syscall.SIGPIPE)
	raise(t, syscall.SIGHUP)
	<-hangup
	if ctx.Err() != nil {
		t.Fatal("SIGHUP or SIGPIPE ends the server")
	}
	raise(t, syscall.SIGTERM)
	<-ctx.Done()
}

func TestTheServerEndsWithItsParent(t *testing.T) {
	parent, end := context.WithCancel(t.Context())
	ctx, stop := firstSignal(parent)
	defer stop()
	end()
	<-ctx.Done()
}
