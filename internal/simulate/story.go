package simulate

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/stage"
)

// Story tells people what a machine does, step by step. It is a Watcher of one
// machine.
type Story struct {
	out   io.Writer
	width int         // of the names of programs
	stage stage.Stage // that it is in
	name  string      // of the program that it told of last
}

// NewStory makes the story of a machine and tells its beginning.
func NewStory(out io.Writer, m *Machine, plan Plan) *Story {
	s := &Story{out: out}
	for _, p := range plan.Programs() {
		s.width = max(s.width, len(p.Name))
	}
	fmt.Fprintf(out, "machine %s, UUID %s\n", m.MAC, m.UUID)
	return s
}

// Started tells of a program that starts.
func (s *Story) Started(c *Client) {
	if c.Profile.Stage != s.stage {
		fmt.Fprintf(s.out, "\n%s\n", c.Profile.Stage)
		s.stage, s.name = c.Profile.Stage, ""
	}
	s.line(c, "%s", c.Profile.Title)
	ids := append([]string{"DUID " + c.DUID().String()}, c.IAIDs()...)
	s.line(c, "%s", strings.Join(ids, ", "))
}

// Exchanged tells what came of a message.
func (s *Story) Exchanged(e *Exchange) {
	tries := ""
	if e.Tries > 1 {
		tries = fmt.Sprintf(", %d tries", e.Tries)
	}
	s.line(e.Client, "%-8s %s (%s%s)", title(e.Sent), result(e), milliseconds(e.Took), tries)
}

// line tells something of a program, whose name is only told when it changes.
func (s *Story) line(c *Client, format string, values ...any) {
	name := c.Profile.Name
	if name == s.name {
		name = ""
	}
	s.name = c.Profile.Name
	fmt.Fprintf(s.out, "  %-*s  %s\n", s.width, name, fmt.Sprintf(format, values...))
}

// End tells how the machine fared: nil is that it booted.
func (s *Story) End(err error) {
	switch {
	case err == nil:
		fmt.Fprintln(s.out, "\nbooted")
	case interrupted(err):
		fmt.Fprintln(s.out, "\ninterrupted")
	default:
		fmt.Fprintf(s.out, "\nnot booted: %v\n", err)
	}
}

// result says what came of a message.
func result(e *Exchange) string {
	switch {
	case e.Err != nil:
		return e.Err.Error()
	case e.Sent == dhcpv6.MessageTypeRelease:
		return "gave back " + leaseText(e.Given, false)
	case e.Answer.Type == dhcpv6.MessageTypeAdvertise:
		return "offered " + leaseText(e.Given, false)
	}
	parts := []string{"got options"}
	if len(e.Given) > 0 {
		parts = []string{"got " + leaseText(e.Given, true)}
	}
	if url := e.Answer.BootFile(); url != "" {
		parts = append(parts, "boot file "+url)
	}
	if servers := e.Answer.DNS(); len(servers) > 0 {
		parts = append(parts, "DNS "+join(servers))
	}
	return strings.Join(parts, ", ")
}

func leaseText(leases []Lease, times bool) string {
	texts := make([]string, len(leases))
	for i, l := range leases {
		if texts[i] = short(l.Prefix); times {
			texts[i] += " for " + lifetime(l.Valid)
		}
	}
	return strings.Join(texts, " and ")
}

// lifetime gives a time without the parts that are zero.
func lifetime(d time.Duration) string {
	if seconds(d) == infinity {
		return "ever"
	}
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

func join(addrs []netip.Addr) string {
	texts := make([]string, len(addrs))
	for i, a := range addrs {
		texts[i] = a.String()
	}
	return strings.Join(texts, " ")
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
