package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/stage6/stage6/internal/impair"
	"github.com/stage6/stage6/internal/simulate"
)

// report is what came of a run.
type report struct {
	Began     time.Time          `json:"began"`
	Took      time.Duration      `json:"took_ns"`
	Seed      uint64             `json:"seed"`
	Machines  map[string]int     `json:"machines"` // by their way to the server
	Exchanges uint64             `json:"exchanges"`
	Checked   uint64             `json:"checked"`  // answers, against the rules of the RFCs
	Breaches  uint64             `json:"breaches"` // of those
	Strays    uint64             `json:"strays"`   // datagrams that answer nothing
	LookedFor int                `json:"looked_for"`
	Reloads   int                `json:"reloads"`
	CPU       float64            `json:"cpu_share"` // of one processor
	Network   impair.Counts      `json:"network"`
	Happened  map[string]int     `json:"happened"`
	Messages  []simulate.Row     `json:"messages"`
	Growth    []growth           `json:"growth"`
	Dropped   map[string]float64 `json:"dropped"` // by the server, by name
	Wrong     []string           `json:"wrong"`
	Samples   []sample           `json:"samples"`
}

func newReport(t *town, took time.Duration, metrics map[string]float64) *report {
	r := &report{
		Began: t.began.UTC().Truncate(time.Second), Took: took, Seed: t.options.seed, Machines: map[string]int{}, Exchanges: t.tally.Total(),
		LookedFor: t.looked, Reloads: t.reloads, Network: t.network.impaired(), Happened: t.count.counts, Messages: t.tally.Rows(),
		Growth: growths(t.samples), Dropped: map[string]float64{}, Wrong: t.count.wrong, Samples: t.samples,
	}
	for _, l := range t.lives {
		r.Machines[l.way.String()]++
	}
	for name, n := range metrics {
		if strings.HasPrefix(name, "stage6_") && strings.Contains(name, "drop") && n > 0 {
			r.Dropped[name] = n
		}
	}
	if first, last := t.samples[0], t.samples[len(t.samples)-1]; last.At > first.At {
		r.CPU = (last.CPU - first.CPU) / (last.At - first.At).Seconds()
	}
	r.answers(t.network.ways)
	if n := r.Happened[unanswered]; n > 2+int(r.Exchanges/2000) {
		r.Wrong = append(r.Wrong, fmt.Sprintf("%d times there was %s, which is more than the network's doing", n, unanswered))
	}
	if r.Strays > 0 {
		r.Wrong = append(r.Wrong, fmt.Sprintf("%d datagrams are unreadable or answer nothing", r.Strays))
	}
	for _, g := range r.Growth {
		if g.Leak {
			r.Wrong = append(r.Wrong, fmt.Sprintf("%s: %.1f %s in the third quarter, %.1f in the last", g.Name, g.Third, g.Unit, g.Last))
		}
	}
	return r
}

// answers adds what was found in answers.
func (r *report) answers(ways []*segment) {
	for _, s := range ways {
		answers, breaches, first := s.carrier.Checked()
		r.Checked, r.Breaches, r.Strays = r.Checked+answers, r.Breaches+breaches, r.Strays+s.carrier.Strays()
		for _, b := range first {
			r.Wrong = append(r.Wrong, s.name+": "+b.String())
		}
	}
}

// tell prints the report, and is an error if anything was wrong.
func (r *report) tell(o options) error {
	r.print(os.Stdout, o)
	if o.json != "" {
		text, err := json.MarshalIndent(r, "", "  ")
		if err == nil {
			err = os.WriteFile(o.json, append(text, '\n'), 0o644)
		}
		if err != nil {
			return err
		}
	}
	if len(r.Wrong) > 0 {
		return fmt.Errorf("%d things were wrong", len(r.Wrong))
	}
	return nil
}

func (r *report) print(out io.Writer, o options) {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("began", "%s, for %s, seed %d, %s", r.Began.Format(time.DateTime), r.Took.Round(time.Second), r.Seed, revision(o.binary))
	row("network", "loss %.0f %%, duplicates %.0f %%, reordered %.0f %%, up to %v late", 100*o.bad.Loss, 100*o.bad.Duplicate, 100*o.bad.Reorder, o.bad.Delay)
	row("datagrams", "%d sent, %d lost, %d duplicated, %d reordered", r.Network.Sent, r.Network.Lost, r.Network.Duplicated, r.Network.Reordered)
	for _, name := range slices.Sorted(maps.Keys(r.Machines)) {
		row("machines", "%d, %s", r.Machines[name], name)
	}
	row("exchanges", "%d", r.Exchanges)
	row("answers checked", "%d, rules broken %d times; %d datagrams answer nothing", r.Checked, r.Breaches, r.Strays)
	row("leases looked for", "%d times in the server's list", r.LookedFor)
	row("reloads", "%d", r.Reloads)
	row("processor", "%.1f %% of one", 100*r.CPU)
	for _, name := range slices.Sorted(maps.Keys(r.Happened)) {
		row("happened", "%d times: %s", r.Happened[name], name)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Dropped)) {
		row("dropped", "%.0f: %s", r.Dropped[name], name)
	}
	_ = w.Flush() // it is for a terminal
	r.printMessages(out)
	r.printGrowth(out)
	for _, wrong := range r.Wrong[:min(len(r.Wrong), 100)] {
		fmt.Fprintln(out, "wrong:", wrong)
	}
	if len(r.Wrong) == 0 {
		fmt.Fprintln(out, "nothing was wrong: no lease lost, none given twice, no rule broken, no leak")
	}
}

func (r *report) printMessages(out io.Writer) {
	type sum struct{ asked, answered, refused, silent, resent uint64 }
	sums := map[string]sum{}
	for _, m := range r.Messages {
		s := sums[m.Message]
		sums[m.Message] = sum{s.asked + m.Asked, s.answered + m.Answered, s.refused + m.Refused, s.silent + m.NoAnswer, s.resent + m.Resent}
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "\nMESSAGE\tASKED\tANSWERED\tREFUSED\tNO ANSWER\tRESENT")
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		s := sums[name]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\n", name, s.asked, s.answered, s.refused, s.silent, s.resent)
	}
	_ = w.Flush()
}

func (r *report) printGrowth(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "\nTAKES\tFIRST HALF\tTHIRD QUARTER\tLAST\tLARGEST STEP\tMOST\tSLOPE OF THE SECOND HALF")
	for _, g := range r.Growth {
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%+.2f %s an hour\n", strings.TrimSpace(g.Name+" "+g.Unit), g.First, g.Third, g.Last, g.Step, g.Most, g.PerHour, g.Unit)
	}
	_ = w.Flush()
	fmt.Fprintln(out)
}

// revision is the commit of which a program was built.
func revision(binary string) string {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return "commit unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "commit " + s.Value[:min(12, len(s.Value))]
		}
	}
	return "commit unknown"
}
