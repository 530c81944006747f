package daemon

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// firstSignal gives a context that ends with the first SIGINT or SIGTERM. The
// second ends the process, as the first does in commands without a context.
func firstSignal(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// ignorePipe has SIGPIPE, which comes when the reader of the log goes away, not end
// the server.
func ignorePipe() { signal.Ignore(syscall.SIGPIPE) }

// hangups gives a value for each SIGHUP, or for several that come soon after one
// another, until stop is called.
func hangups() (c <-chan os.Signal, stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	return signals, func() { signal.Stop(signals) }
}
