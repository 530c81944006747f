package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/mdlayher/sdnotify"
	"github.com/spf13/cobra"
)

func (p *program) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Answer DHCPv6 clients until a signal ends it",
		Long: `Answer DHCPv6 clients and relay agents until SIGINT or SIGTERM; a second one ends
the server at once. SIGHUP has it read its configuration again, as stage6 reload
does, which tells what came of it.

Started as root, stage6 makes the directories that it needs, gives up root's
rights but those for its port, and becomes the configuration's user if there is
one. Started by systemd with Type=notify it says when it is ready. A
configuration that is wrong ends it at once with exit code 2: see stage6 check.`,
		Example: `  stage6 serve --config /etc/stage6/config.yml
  stage6 serve --config config.yml --leases memory --log-level debug`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.serve(c.Context()) },
	}
}

func (p *program) serve(ctx context.Context) (err error) {
	file, err := p.load()
	if err != nil {
		return err
	}
	log, err := newLogger(file.Log, p.stderr)
	if err != nil {
		return err
	}
	ignorePipe()
	ctx, stop := firstSignal(ctx)
	defer stop()
	hangup, stopHangups := hangups()
	defer stopHangups()
	s, err := p.newService(ctx, file, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	s.reloads.hangup = hangup
	notify, err := notifier()
	if err != nil {
		return err
	}
	return s.run(ctx, notify)
}

// notifier gives what tells the service manager how the server is.
func notifier() (func(states ...string) error, error) {
	n, err := sdnotify.New()
	if errors.Is(err, fs.ErrNotExist) {
		return func(...string) error { return nil }, nil
	}
	if err != nil {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	return n.Notify, nil
}
