package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"text/tabwriter"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/impair"
	"github.com/stage6/stage6/internal/simulate"
	"github.com/stage6/stage6/stage"
)

func (p *program) listProfiles() error {
	w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "STAGE\tCLIENT\tWHAT IT IS\tMESSAGES AFTER")
	for _, profile := range simulate.Profiles() {
		after := "its sources"
		if profile.IsCaptured() {
			after = "captures"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", profile.Stage, profile.Name, profile.Title, after)
	}
	return w.Flush()
}

// bootRecord is one machine's boot as JSON tells it.
type bootRecord struct {
	MAC       ident.MAC        `json:"mac"`
	UUID      string           `json:"uuid"`
	Booted    bool             `json:"booted"`
	Error     string           `json:"error,omitempty"`
	Exchanges []exchangeRecord `json:"exchanges"`
	Checked   uint64           `json:"checked"`
	Breaches  uint64           `json:"breaches"`
	Broken    []string         `json:"breach_examples"`
}

type exchangeRecord struct {
	Stage    stage.Stage   `json:"stage"`
	Profile  string        `json:"profile"`
	DUID     ident.DUID    `json:"duid"`
	IAs      []string      `json:"ias"`
	Message  string        `json:"message"`
	Answer   string        `json:"answer,omitempty"`
	Tries    int           `json:"tries"`
	Took     time.Duration `json:"took_ns"`
	Leases   []leaseRecord `json:"leases"`
	BootFile string        `json:"boot_file,omitempty"`
	DNS      []netip.Addr  `json:"dns,omitempty"`
	Error    string        `json:"error,omitempty"`
}

type leaseRecord struct {
	Prefix    netip.Prefix `json:"prefix"`
	Preferred int64        `json:"preferred"` // seconds
	Valid     int64        `json:"valid"`
}

// Started records nothing.
func (r *bootRecord) Started(*simulate.Client) {}

// Exchanged records an exchange.
func (r *bootRecord) Exchanged(e *simulate.Exchange) {
	c := e.Client
	x := exchangeRecord{
		Stage: c.Profile.Stage, Profile: c.Profile.Name, DUID: c.DUID(), IAs: c.IAIDs(),
		Message: e.Message(), Tries: e.Tries, Took: e.Took, Leases: []leaseRecord{},
	}
	for _, l := range e.Given {
		x.Leases = append(x.Leases, leaseRecord{l.Prefix, int64(l.Preferred / time.Second), int64(l.Valid / time.Second)})
	}
	if e.Answer != nil {
		x.Answer, x.BootFile, x.DNS = e.Answer.Name(), e.Answer.BootFile(), e.Answer.DNS()
	}
	if e.Err != nil {
		x.Error = e.Err.Error()
	}
	r.Exchanges = append(r.Exchanges, x)
}

// simulateOne lets one machine boot and tells it.
func (p *program) simulateOne(ctx context.Context, s *simulation) error {
	m := simulate.NewMachine(s.crowd.First, s.uuid, s.crowd.Random)
	if s.flags.json {
		return p.recordOne(ctx, s, m)
	}
	var ledger simulate.Ledger
	story := simulate.NewStory(p.stdout, m, s.crowd.Boot.Plan)
	boot := s.crowd.Boot
	boot.Watch = simulate.Watchers{story, &ledger}
	err := boot.Run(ctx, m)
	story.End(err)
	p.printBreaches(s)
	return verdictOfOne(s, err, &ledger)
}

func (p *program) recordOne(ctx context.Context, s *simulation, m *simulate.Machine) error {
	var ledger simulate.Ledger
	r := &bootRecord{MAC: m.MAC, UUID: m.UUID.String(), Exchanges: []exchangeRecord{}}
	boot := s.crowd.Boot
	boot.Watch = simulate.Watchers{r, &ledger}
	err := verdictOfOne(s, boot.Run(ctx, m), &ledger)
	r.Checked, r.Breaches, r.Broken = s.breaches()
	if r.Booted = err == nil; err != nil {
		r.Error = err.Error()
	}
	return errors.Join(json.NewEncoder(p.stdout).Encode(r), err)
}

// breaches gives how many answers were checked, how often they broke rules, and
// sentences about the first times.
func (s *simulation) breaches() (answers, count uint64, first []string) {
	answers, count, examples := s.crowd.Boot.Carrier.Checked()
	first = []string{}
	for _, b := range examples {
		first = append(first, b.String())
	}
	return answers, count, first
}

// verdictOfAnswers is an error if answers broke rules.
func (s *simulation) verdictOfAnswers() error {
	answers, count, first := s.breaches()
	if count == 0 {
		return nil
	}
	return fmt.Errorf("%d rules were broken in %d answers, such as: %s", count, answers, first[0])
}

// printBreaches tells how answers broke rules; nothing is that they broke none.
func (p *program) printBreaches(s *simulation) {
	const shown = 20
	_, count, first := s.breaches()
	for _, b := range first[:min(len(first), shown)] {
		fmt.Fprintln(p.stdout, "wrong:", b)
	}
	if count > shown {
		fmt.Fprintf(p.stdout, "wrong: %d more\n", count-shown)
	}
}

func verdictOfOne(s *simulation, err error, ledger *simulate.Ledger) error {
	var failure *simulate.Failure
	switch {
	case errors.As(err, &failure):
		return fmt.Errorf("the machine did not boot: %w", err)
	case err != nil:
		return errors.New("interrupted before the machine had booted")
	}
	if n, twice := ledger.Twice(); n > 0 {
		return errors.New(twice[0].String())
	}
	return s.verdictOfAnswers()
}

// simulateMany lets a crowd boot and prints the table.
func (p *program) simulateMany(ctx context.Context, s *simulation) error {
	report := s.crowd.Begin()
	done := make(chan error, 1)
	go func() { done <- s.crowd.Run(ctx, report) }()
	if err := p.watchProgress(s, report, done); err != nil {
		return err
	}
	err := verdict(s, report)
	if s.flags.json {
		return errors.Join(json.NewEncoder(p.stdout).Encode(newCrowdRecord(s, report)), err)
	}
	p.printCrowd(s, report)
	return err
}

// watchProgress tells each second how far the crowd is, until it is done.
func (p *program) watchProgress(s *simulation, report *simulate.Report, done <-chan error) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			if t := report.Totals(); !s.flags.quiet {
				fmt.Fprintf(p.stderr, "%s: %d of %d machines started, %d booted, %d failed, %d exchanges\n",
					t.Took.Round(time.Second), t.Started, s.crowd.Count, t.Booted, t.Failed, t.Exchanges)
			}
		}
	}
}

func verdict(s *simulation, r *simulate.Report) error {
	t := r.Totals()
	switch twice, _ := r.Ledger.Twice(); {
	case twice > 0:
		return fmt.Errorf("%d addresses or prefixes were given twice", twice)
	case t.Failed > 0:
		return fmt.Errorf("%d of %d machines did not boot", t.Failed, t.Started)
	case t.Booted < s.crowd.Count:
		return fmt.Errorf("interrupted when %d of %d machines had booted", t.Booted, s.crowd.Count)
	}
	return s.verdictOfAnswers()
}

// crowdRecord is a crowd's report as JSON tells it.
type crowdRecord struct {
	Machines  int               `json:"machines"` // that were wanted
	Started   int               `json:"started"`
	Booted    int               `json:"booted"`
	Failed    int               `json:"failed"`
	Took      time.Duration     `json:"took_ns"`
	Exchanges uint64            `json:"exchanges"`
	PerSecond float64           `json:"exchanges_per_second"`
	Messages  []simulate.Row    `json:"messages"`
	Failures  []simulate.Reason `json:"failures"`
	Twice     int               `json:"twice"`
	Examples  []string          `json:"twice_examples"`
	Strays    uint64            `json:"strays"`
	Checked   uint64            `json:"checked"`
	Breaches  uint64            `json:"breaches"`
	Broken    []string          `json:"breach_examples"`
	Network   *impair.Counts    `json:"network,omitempty"` // what was made worse of it
}

func newCrowdRecord(s *simulation, r *simulate.Report) crowdRecord {
	t := r.Totals()
	c := crowdRecord{
		Machines: s.crowd.Count, Started: t.Started, Booted: t.Booted, Failed: t.Failed,
		Took: t.Took, Exchanges: t.Exchanges, PerSecond: perSecond(t),
		Messages: r.Tally.Rows(), Failures: r.Reasons(), Examples: []string{}, Strays: s.crowd.Boot.Carrier.Strays(),
	}
	c.Checked, c.Breaches, c.Broken = s.breaches()
	if counts := s.crowd.Boot.Carrier.Impaired(); counts.Sent > 0 {
		c.Network = &counts
	}
	var examples []simulate.Twice
	c.Twice, examples = r.Ledger.Twice()
	for _, example := range examples {
		c.Examples = append(c.Examples, example.String())
	}
	return c
}

func perSecond(t simulate.Totals) float64 {
	if t.Took <= 0 {
		return 0
	}
	return float64(t.Exchanges) / t.Took.Seconds()
}

func (p *program) printCrowd(s *simulation, r *simulate.Report) {
	w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "STAGE\tCLIENT\tMESSAGE\tASKED\tANSWERED\tREFUSED\tNO ANSWER\tRESENT\tP50\tP99\tMAX")
	for _, row := range r.Tally.Rows() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\n", row.Stage, row.Profile, row.Message,
			row.Asked, row.Answered, row.Refused, row.NoAnswer, row.Resent, latency(row, row.P50), latency(row, row.P99), latency(row, row.Max))
	}
	_ = w.Flush() // the table is for a terminal
	t := r.Totals()
	fmt.Fprintf(p.stdout, "\n%d machines started, %d booted, %d failed; %d exchanges in %s, %.0f/s\n",
		t.Started, t.Booted, t.Failed, t.Exchanges, t.Took.Round(time.Millisecond), perSecond(t))
	p.printFailures(s, r)
}

// printFailures tells why machines failed, and what was given twice.
func (p *program) printFailures(s *simulation, r *simulate.Report) {
	for _, reason := range r.Reasons() {
		fmt.Fprintf(p.stdout, "failed: %d machines, such as %s: %s\n", reason.Machines, reason.Example, reason.Why)
	}
	if n := s.crowd.Boot.Carrier.Strays(); n > 0 {
		fmt.Fprintf(p.stdout, "%d datagrams were answers to nobody: very late, unreadable or for others\n", n)
	}
	if c := s.crowd.Boot.Carrier.Impaired(); c.Sent > 0 {
		fmt.Fprintf(p.stdout, "of %d datagrams %d were lost, %d came twice, %d were overtaken\n", c.Sent, c.Lost, c.Duplicated, c.Reordered)
	}
	if answers, breaches, _ := s.breaches(); answers > 0 {
		fmt.Fprintf(p.stdout, "%d answers were checked, and broke rules %d times\n", answers, breaches)
	}
	p.printBreaches(s)
	const shown = 10
	n, twice := r.Ledger.Twice()
	for _, t := range twice[:min(n, shown)] {
		fmt.Fprintln(p.stdout, t)
	}
	if n == 0 {
		fmt.Fprintln(p.stdout, "no address or prefix was given twice")
	}
}

// latency gives a duration of a row with as many digits as it deserves, or a dash
// when nothing was answered.
func latency(row simulate.Row, d time.Duration) string {
	switch {
	case row.Answered == 0:
		return "-"
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}
