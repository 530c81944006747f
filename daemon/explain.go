package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/explain"
)

// explainFlags are the flags of explain.
type explainFlags struct {
	json   bool
	last   int
	follow bool
	drops  bool

	try     bool
	offline bool // without the running server
}

func (p *program) explainCommand() *cobra.Command {
	f := &explainFlags{}
	c := &cobra.Command{
		Use:   "explain [MAC|DUID|UUID|ADDRESS|NAME]",
		Short: "Tell what became of a machine's messages, and why",
		Long: `Tell what became of the last messages of a machine, as the running server
remembers them: who it was taken for and what each source of identity said, on
which link, at which stage, with which tags; what each identity association got,
and from which plugin; which options were sent and which were not; how long it
took. Where something is wrong, a hint names the cause and what to do about it.

A machine is named by its MAC, DUID or UUID, by the name of a host, or by an
address or prefix that it has, asks for or is reserved for it. Without any, the
last messages of all machines are told, with --drops those without an answer.

With --try nothing is remembered and nothing happens: the arguments are a capture
file (pcap or pcapng), or a client in words, and what would become of its messages
is told. The running server is asked; or, with --config and without --api, that
configuration alone, as it would serve without any leases. The words are the type of the message, mac,
duid, iaid, class, user_class, arch, asks, ia, address, server, relay,
link_address, peer, interface and option79=no.

The server remembers the last messages in a bounded memory. It is asked over its
API socket: --api, else that of the configuration. Exit code 1 says that it
remembers none.`,
		Example: `  stage6 explain web01
  stage6 explain 52:54:00:aa:bb:01 --last 20
  stage6 explain 2001:db8:10::101 --json
  stage6 explain --drops
  stage6 explain web01 --follow
  stage6 explain --try solicit mac=52:54:00:aa:bb:01 class=HTTPClient arch=arm64 relay=2001:db8:ffff::1
  stage6 explain --try boot.pcap
  stage6 explain --try boot.pcap interface=eth0
  stage6 explain --try --config config.yml solicit mac=52:54:00:aa:bb:01`,
		Args: func(c *cobra.Command, args []string) error {
			if f.try {
				return nil
			}
			return atMost(1, "a machine")(c, args)
		},
		ValidArgsFunction: p.completeHosts(1),
		RunE: func(c *cobra.Command, args []string) error {
			if f.offline && !f.try {
				return &usageError{errors.New("--offline is for --try: only the running server remembers messages")}
			}
			if f.try {
				return p.try(c.Context(), f, args)
			}
			q := api.ExplainQuery{Last: f.last, Drops: f.drops}
			if len(args) > 0 {
				q.Of = args[0]
			}
			return p.explain(c.Context(), f, q)
		},
	}
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	c.Flags().IntVar(&f.last, "last", 4, "at most so many messages, the newest `number`")
	c.Flags().BoolVar(&f.follow, "follow", false, "go on with messages as they come")
	c.Flags().BoolVar(&f.drops, "drops", false, "only messages without an answer")
	c.Flags().BoolVar(&f.try, "try", false, "try a capture file or a described client, which changes nothing")
	c.Flags().BoolVar(&f.offline, "offline", false, "with --try: ask the configuration, not the running server, without --config, too")
	return c
}

// atMost says that a command takes so many arguments or fewer.
func atMost(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > n {
			return fmt.Errorf("%s: got %d arguments, want at most %d: %s", c.CommandPath(), len(args), n, what)
		}
		return nil
	}
}

// followWait is how long one question waits for the next message.
const followWait = 30 * time.Second

func (p *program) explain(ctx context.Context, f *explainFlags, q api.ExplainQuery) error {
	if f.last < 1 || f.last > 1000 {
		return &usageError{fmt.Errorf("--last %d: want 1 to 1000", f.last)}
	}
	c, err := p.client()
	if err != nil {
		return err
	}
	e, err := c.Explain(ctx, q)
	if err != nil {
		return err
	}
	if err := p.tellAll(f, &e); err != nil {
		return err
	}
	for f.follow {
		q.Since, q.Wait = e.Next, followWait
		if e, err = c.Explain(ctx, q); err != nil {
			return ignoreCanceled(ctx, err)
		}
		e.Hints = nil // they were told, or are about what has not changed
		if len(e.Exchanges) > 0 {
			if err := p.tellAll(f, &e); err != nil {
				return err
			}
		}
	}
	if len(e.Exchanges) == 0 {
		return errors.New("no message is remembered")
	}
	return nil
}

func ignoreCanceled(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// tellAll prints what became of messages, and what they show together.
func (p *program) tellAll(f *explainFlags, e *api.Explanations) error {
	if f.json {
		return json.NewEncoder(p.stdout).Encode(e)
	}
	for i := range e.Exchanges {
		if err := explain.Story(p.stdout, &e.Exchanges[i], time.Local); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout)
	}
	return explain.Hints(p.stdout, e.Hints)
}
