package daemon

import (
	"bufio"
	"context"
	"io"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/sirupsen/logrus"
)

// raise sends a signal to this process.
func raise(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(syscall.Getpid(), s); err != nil {
		t.Fatal(err)
	}
}

func TestAHangupIsAnsweredAndTheNextSignalEnds(t *testing.T) {
	t.Cleanup(func() { signal.Reset(syscall.SIGPIPE) })
	lines, out := io.Pipe()
	log := logrus.New()
	log.SetOutput(out)
	ctx, stop := untilSignal(t.Context(), log)
	defer stop()
	raise(t, syscall.SIGPIPE)
	raise(t, syscall.SIGHUP)
	line, err := bufio.NewReader(lines).ReadString('\n')
	if err != nil || !strings.Contains(line, "SIGHUP changes nothing") {
		t.Errorf("got %q, %v", line, err)
	}
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
