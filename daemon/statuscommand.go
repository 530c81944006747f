package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/api"
)

func (p *program) statusCommand() *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "status",
		Short: "Say in short how the running server is, and what is wrong",
		Long: `Say in short how the running server is: whether it answers clients, and why not;
what is wrong; which configuration it serves; hosts by state; leases; and pools of
which nine tenths or more are in use.

The server is asked over its API socket: --api, else that of the configuration.
Exit code 1 says that it is not ready, or not there. What is wrong with one that
is ready changes nothing of the exit code 0.`,
		Example: `  stage6 status
  stage6 status --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.status(c.Context(), asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (p *program) status(ctx context.Context, asJSON bool) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	s, err := c.Status(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		err = json.NewEncoder(p.stdout).Encode(s)
	} else {
		err = printStatus(p.stdout, terminalWidth(p.stdout), &s, time.Now())
	}
	if err == nil && !s.Ready {
		err = errors.New("the server is not ready")
	}
	return err
}

// statusColumn is how wide the words are at the beginning of the lines.
const statusColumn = 10

// printStatus writes a page for people. A terminal of a width is not run over; 0 is
// none.
func printStatus(w io.Writer, width int, s *api.Status, now time.Time) error {
	var b strings.Builder
	if width == 0 {
		width = textWidth
	}
	width = max(width, 3*statusColumn)
	say := func(what, text string) {
		for _, line := range wrap(text, width-statusColumn) {
			fmt.Fprintf(&b, "%-*s%s\n", statusColumn, what, line)
			what = ""
		}
	}
	if s.Ready {
		say("ready", fmt.Sprintf("yes, %s, started %s", s.Version, until(s.Started, now)))
	} else {
		say("ready", "no")
	}
	for _, r := range s.Reasons {
		say("reason", r)
	}
	for _, problem := range s.Problems {
		say("problem", problem)
	}
	say("config", fmt.Sprintf("%s, read %s", s.Config.File, until(s.Config.Read, now)))
	say("hosts", hostsByState(s))
	say("leases", counts(s.Leases, []string{"active", "offered", "ended", "released", "declined"}))
	say("pools", fmt.Sprintf("%d, %d nearly full", s.Pools, len(s.Full)))
	for i := range s.Full {
		pool := &s.Full[i]
		say("full", fmt.Sprintf("%s %s: %.1f%% used, %s free", pool.Plugin, rangeOf(pool), 100*pool.Used, number(pool.Free)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// hostsByState tells of hosts by state, and of those that do not count.
func hostsByState(s *api.Status) string {
	text := counts(s.Hosts, []string{"new", "deploy", "installed", "locked"})
	if s.Aside > 0 {
		text += fmt.Sprintf("; %d set aside: stage6 hosts --source aside", s.Aside)
	}
	return text
}

// counts writes a sum and what it is of, in an order: 5 (3 new, 2 deploy). What
// there is none of is left out.
func counts(n map[string]int, order []string) string {
	var parts []string
	for _, name := range order {
		if n[name] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[name], name))
		}
	}
	sum := 0
	for _, v := range n {
		sum += v
	}
	if len(parts) == 0 {
		return fmt.Sprint(sum)
	}
	return fmt.Sprintf("%d (%s)", sum, strings.Join(parts, ", "))
}
