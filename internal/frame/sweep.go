package frame

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// sweepInterval is how often the ring is emptied, at most, where no datagram
// does it: frames of datagrams that no socket takes would fill it.
const sweepInterval = 20 * time.Millisecond

// Run keeps the ring from being full until ctx ends.
//
// It has a thread that waits in poll(2), and only between sweeps: in the
// runtime's poller the socket would wake somebody for each frame, which makes
// the kernel's part of a datagram twice as dear (BenchmarkDelivery).
func (t *Tap) Run(ctx context.Context) error {
	ended, end, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("pipe: %w", err)
	}
	defer ended.Close()
	defer end.Close()
	defer context.AfterFunc(ctx, func() { end.Close() })()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
		if err := wait(t.fd, int(ended.Fd())); err != nil {
			return fmt.Errorf("packet socket: %w", err)
		}
		t.sweep()
		pause.Reset(sweepInterval)
	}
}

// wait waits until one of two files can be read, or is at its end.
func wait(a, b int) error {
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(a), Events: unix.POLLIN}, {Fd: int32(b), Events: unix.POLLIN}}, -1)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
