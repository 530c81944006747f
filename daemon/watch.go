package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/plaintext"
)

// watchFlags are the settings of stage6 watch.
type watchFlags struct {
	since string
	kinds []string
	host  string
	count int
	json  bool
}

func (p *program) watchCommand() *cobra.Command {
	f := &watchFlags{}
	c := &cobra.Command{
		Use:   "watch",
		Short: "Show what happens, as it happens",
		Long: `Show the events of the running server as they come, a line for each: machines
that are recognised, go on in their boot, get and lose leases or are denied them.
Ctrl-C ends it. With --count it ends after so many events, so that a script can
wait for one. docs/stage6.md explains the kinds.

The server is asked over its API socket: --api, else that of the configuration.`,
		Example: `  stage6 watch
  stage6 watch --since 1h --kind denied,conflict
  stage6 watch --host web01 --json
  stage6 watch --host web01 --kind stage --count 1`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, stop := firstSignal(c.Context())
			defer stop()
			return p.watch(ctx, f)
		},
	}
	c.Flags().StringVar(&f.since, "since", "now", "begin `WHERE`: now, how long ago such as 10m, or after the event of a number; 0 for all that is kept")
	c.Flags().StringSliceVar(&f.kinds, "kind", nil, "only events of these `kinds`, such as denied,conflict")
	c.Flags().StringVar(&f.host, "host", "", "only events of the host of this `name`")
	c.Flags().IntVar(&f.count, "count", 0, "end after so many events; 0 never")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON, an object for each event")
	_ = c.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(kindNames(), cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("host", p.completeHosts(-1))
	return c
}

func kindNames() (names []string) {
	for k := event.Kind(1); int(k) < event.Kinds; k++ {
		names = append(names, k.String())
	}
	return names
}

// query gives what the flags select.
func (f *watchFlags) query() (q api.EventQuery, err error) {
	if f.count < 0 {
		return q, fmt.Errorf("--count %d: want how many events to wait for", f.count)
	}
	q.Host = f.host
	if err := q.ParseSince(f.since, time.Now()); err != nil {
		return q, err
	}
	q.Kinds, err = api.ParseKinds(f.kinds)
	return q, err
}

// watch prints events until ctx ends, which is no error, or the server does.
func (p *program) watch(ctx context.Context, f *watchFlags) error {
	q, err := f.query()
	if err != nil {
		return &usageError{err}
	}
	c, err := p.client()
	if err != nil {
		return err
	}
	left := f.count
	for e, err := range c.Watch(ctx, q) {
		if missed := (*api.MissedError)(nil); errors.As(err, &missed) {
			fmt.Fprintln(p.stderr, "stage6:", missed)
			continue
		}
		if err == nil {
			err = p.printEvent(f, &e)
		}
		if err != nil {
			return err
		}
		if left--; left == 0 {
			return nil
		}
	}
	return nil
}

func (p *program) printEvent(f *watchFlags, e *event.Event) error {
	if f.json {
		return json.NewEncoder(p.stdout).Encode(e)
	}
	_, err := fmt.Fprintln(p.stdout, e.Time.Local().Format(time.DateTime), plaintext.Line(e.String()))
	return err
}
