package daemon

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/sirupsen/logrus"
)

// firstSignal gives a context that ends with the first SIGINT or SIGTERM. The
// second ends the process, as the first does in commands without a context.
func firstSignal(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// untilSignal is firstSignal for the server: beside it SIGHUP, with which
// others reload, is answered in the log, and SIGPIPE, which comes when the
// reader of the log goes away, does not end the server.
func untilSignal(parent context.Context, log *logrus.Logger) (context.Context, context.CancelFunc) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := firstSignal(parent)
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go explainHangups(ctx, hangups, log)
	return ctx, stop
}

// explainHangups answers SIGHUP until ctx ends.
func explainHangups(ctx context.Context, hangups chan os.Signal, log *logrus.Logger) {
	defer signal.Stop(hangups)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			log.Warn("SIGHUP changes nothing: the configuration is read at the start, restart the server to change it")
		}
	}
}
