package explain

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/plaintext"
)

// Story writes an explanation for people to read: what came, what was made of it,
// and hints, with times of a zone. The first error of w is given.
func Story(w io.Writer, e *api.Explanation, zone *time.Location) error {
	s := &story{w: w}
	s.line("%s  %s%s", e.Time.In(zone).Format("2006-01-02 15:04:05.000"), e.Summary, dryText(e.Dry))
	s.way(e)
	if e.Message != "" {
		s.who(e)
		for i := range e.IAs {
			s.ia(&e.IAs[i], e.Message)
		}
		s.options(e)
		s.steps(e)
	}
	s.timing(e)
	for _, text := range e.Skipped {
		s.fact("skipped", "%s", text)
	}
	for _, h := range e.Hints {
		s.hint(&h)
	}
	return s.err
}

// Hints writes hints as Story does.
func Hints(w io.Writer, hints []api.Hint) error {
	s := &story{w: w}
	for i := range hints {
		s.hint(&hints[i])
	}
	return s.err
}

func dryText(dry bool) string {
	if dry {
		return "  (only tried)"
	}
	return ""
}

// story writes lines until there is an error. What clients say in them is shown, and
// obeyed by no terminal.
type story struct {
	w   io.Writer
	err error
}

func (s *story) line(format string, args ...any) {
	if s.err == nil {
		_, s.err = io.WriteString(s.w, plaintext.Line(fmt.Sprintf(format, args...))+"\n")
	}
}

// fact writes a line with a word in front.
func (s *story) fact(what, format string, args ...any) {
	s.line("  %-9s %s", what, fmt.Sprintf(format, args...))
}

func (s *story) hint(h *api.Hint) {
	s.line("  HINT      %s", h.Text)
	if h.Do != "" {
		s.line("            -> %s", h.Do)
	}
}

func (s *story) way(e *api.Explanation) {
	x := &e.Way
	on := ""
	if x.Interface != "" {
		on = " by " + x.Interface
	}
	s.fact("came", "from %s to %s%s%s", x.From, x.To, on, waited(x.Waited))
	for i := range x.Relays {
		s.relay(&x.Relays[i])
	}
	if x.ReplyTo.IsValid() {
		s.fact("answer", "%s to %s", e.Reply, x.ReplyTo)
	}
}

func waited(is bool) string {
	if is {
		return ", and waited until it was known who the client is"
	}
	return ""
}

func (s *story) relay(r *api.ExplainedRelay) {
	var more strings.Builder
	if r.InterfaceID != "" {
		fmt.Fprintf(&more, ", interface-id %s", r.InterfaceID)
	}
	if r.RemoteID != "" {
		fmt.Fprintf(&more, ", remote-id %s", r.RemoteID)
	}
	if !r.MAC.IsZero() {
		fmt.Fprintf(&more, ", option 79 %s", r.MAC)
	}
	if !r.Trusted {
		more.WriteString(", not believed")
	}
	s.fact("relay", "%s for %s, link-address %s%s", r.Address, r.PeerAddress, r.LinkAddress, more.String())
}

// who tells of client, link, identity, host, stage and tags.
func (s *story) who(e *api.Explanation) {
	s.fact("client", "%s", clientText(&e.Client))
	if e.Link.Why != "" {
		name := e.Link.Name
		if name == "" {
			name = "none"
		}
		s.fact("link", "%s: %s", name, e.Link.Why)
	}
	for i := range e.Identity {
		s.statement(&e.Identity[i])
	}
	s.host(e)
	stage := e.Stage.Stage
	if e.Stage.By != "" {
		stage += ", by " + e.Stage.By
	}
	if e.Stage.Why != "" {
		stage += ": " + e.Stage.Why
	}
	s.fact("stage", "%s", stage)
	if len(e.Tags) > 0 {
		var tags []string
		for _, t := range e.Tags {
			tags = append(tags, fmt.Sprintf("%s (by %s)", t.Tag, t.By))
		}
		s.fact("tags", "%s", strings.Join(tags, ", "))
	}
}

func clientText(c *api.ExplainedClient) string {
	words := []string{c.Program}
	if c.DUID != "" {
		words = append(words, "DUID "+c.DUID.String())
	}
	if len(c.Archs) > 0 {
		words = append(words, "architecture "+strings.Join(c.Archs, " "))
	}
	if len(c.UserClasses) > 0 {
		words = append(words, "user class "+strings.Join(c.UserClasses, " "))
	}
	if len(c.VendorClasses) > 0 {
		words = append(words, "vendor class "+strings.Join(c.VendorClasses, " "))
	}
	if c.Elapsed != "" {
		words = append(words, "trying for "+c.Elapsed)
	}
	return strings.Join(words, ", ")
}

func (s *story) statement(t *api.Statement) {
	if t.Says == "" {
		s.fact("identity", "%-8s says nothing: %s", t.Source, t.Why)
		return
	}
	trust := "trusted"
	if !t.Trusted {
		trust = "not trusted"
		if t.Why != "" {
			trust += ": " + t.Why
		}
	}
	s.fact("identity", "%-8s %s (%s)", t.Source, t.Says, trust)
}

func (s *story) host(e *api.Explanation) {
	h := e.Host
	if h == nil {
		if len(e.Identity) > 0 {
			s.fact("host", "none is known")
		}
		return
	}
	name := h.Name
	if h.Interface != "" {
		name += " " + h.Interface
	}
	trust := "which is trusted"
	if !h.Trusted {
		trust = "which nothing trusted says"
	}
	s.fact("host", "%s, state %s, since %s, %s", name, h.State, h.Why, trust)
}

func (s *story) ia(ia *api.ExplainedIA, message string) {
	what := fmt.Sprintf("%s %08x", ia.Type, ia.IAID)
	if len(ia.Named) > 0 {
		var named []string
		for _, p := range ia.Named {
			named = append(named, Shown(p))
		}
		what += ", which names " + strings.Join(named, " ")
	}
	decision := iaDecision(ia)
	if (message == "release" || message == "decline") && ia.Status == "Success" {
		decision = "given back"
	}
	s.fact("lease", "%s: %s", what, decision)
	for _, l := range ia.Given {
		if l.From != nil {
			s.fact("", "%s was taken from %s, %s", Shown(l.Prefix), HolderName(l.From), l.From.DUID)
		}
	}
	for _, n := range ia.Notes {
		s.fact("", "%s: %s", n.By, n.Text)
	}
}

// iaDecision tells what was decided about an identity association, and by whom.
func iaDecision(ia *api.ExplainedIA) string {
	var b strings.Builder
	for i, l := range ia.Given {
		if i > 0 {
			b.WriteString(" and ")
		}
		fmt.Fprintf(&b, "%s for %s", Shown(l.Prefix), lifetime(l.Preferred, l.Valid))
	}
	if len(ia.Given) == 0 {
		b.WriteString(ia.Status)
		if ia.Text != "" {
			fmt.Fprintf(&b, " (%s)", ia.Text)
		}
	}
	if ia.By != "" {
		b.WriteString(", by " + ia.By)
	}
	if ia.Silent {
		b.WriteString(", not named in the reply")
	}
	for _, p := range ia.Withdrawn {
		fmt.Fprintf(&b, ", to give up %s", Shown(p))
	}
	return b.String()
}

// lifetime gives preferred and valid, once where they are the same.
func lifetime(preferred, valid uint32) string {
	if preferred == valid {
		return secondsText(valid)
	}
	return secondsText(preferred) + "/" + secondsText(valid)
}

func secondsText(n uint32) string {
	if n == 1<<32-1 {
		return "ever"
	}
	text := (time.Duration(n) * time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func (s *story) options(e *api.Explanation) {
	for i := range e.Options {
		o := &e.Options[i]
		name := fmt.Sprintf("%d %s", o.Code, o.Name)
		switch {
		case o.Sent:
			s.fact("sent", "%s %s (by %s)", name, o.Value, o.By)
		case o.By != "":
			s.fact("withheld", "%s (by %s): %s", name, o.By, o.Why)
		default:
			s.fact("missing", "%s, which the client asked for: %s", name, o.Why)
		}
	}
}

// steps tells what plugins said, and which were not called.
func (s *story) steps(e *api.Explanation) {
	var called []string
	for i := range e.Steps {
		p := &e.Steps[i]
		switch p.Did {
		case "called":
			called = append(called, p.Name)
		case "unmatched":
			s.fact("plugin", "%s was not called: %s does not hold", p.Name, p.When)
		case "answered":
			s.fact("plugin", "%s ended the list", p.Name)
		case "dropped":
			s.fact("plugin", "%s dropped it", p.Name)
		case "left-out":
			s.fact("plugin", "%s was left out: it is too slow or too busy", p.Name)
		case "untried":
			s.fact("plugin", "%s was left out: it does not say that it can be tried", p.Name)
		}
		for _, n := range p.Notes {
			if p.Name == e.Stage.By && n == e.Stage.Why {
				continue // it was told
			}
			s.fact("plugin", "%s: %s", p.Name, n)
		}
	}
	if len(called) > 0 {
		s.fact("plugins", "called: %s", strings.Join(called, " "))
	}
}

func (s *story) timing(e *api.Explanation) {
	t := &e.Timing
	if t.Form == 0 && t.Identify == 0 {
		return
	}
	text := fmt.Sprintf("identify %s, plugins %s, reply %s", took(t.Identify), took(t.Plugins), took(t.Form))
	switch t.DiskEnd {
	case "done":
		text += ", disk " + took(t.Disk)
	case "waiting":
		text += ", waits for the disk"
	}
	s.fact("took", "%s", text)
}

func took(ns int64) string {
	d := time.Duration(ns)
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(100 * time.Nanosecond).String()
}
