package migrate

import (
	"cmp"
	"fmt"
	"slices"
)

// Outcome is what became of a line.
type Outcome string

// The outcomes. A line that was carried over as it is has none.
const (
	LeftOut Outcome = "left out" // nothing of it is in the configuration
	Changed Outcome = "changed"  // it is, and means something else in some case
	Note    Outcome = "note"     // it means the same, and there is something to know
)

// Entry tells what became of a line.
type Entry struct {
	Origin
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason"` // why, and what to do
}

// Report is what became of the lines that were not just carried over. The zero
// Report is empty and ready to use.
type Report struct {
	entries []Entry
	seen    map[Entry]bool
}

// LeftOut tells that a line was not carried over.
func (r *Report) LeftOut(o Origin, format string, args ...any) { r.add(o, LeftOut, format, args) }

// Changed tells that a line now means something else.
func (r *Report) Changed(o Origin, format string, args ...any) { r.add(o, Changed, format, args) }

// Note tells what is to be known of a line that was carried over.
func (r *Report) Note(o Origin, format string, args ...any) { r.add(o, Note, format, args) }

func (r *Report) add(o Origin, what Outcome, format string, args []any) {
	e := Entry{Origin: o, Outcome: what, Reason: fmt.Sprintf(format, args...)}
	if r.seen[e] {
		return
	}
	if r.seen == nil {
		r.seen = map[Entry]bool{}
	}
	r.seen[e] = true
	r.entries = append(r.entries, e)
}

// Count gives how many lines came to an outcome.
func (r *Report) Count(what Outcome) (n int) {
	for _, e := range r.entries {
		if e.Outcome == what {
			n++
		}
	}
	return n
}

// Entries gives all of it, by file and line; what is of no line stands last.
func (r *Report) Entries() []Entry {
	out := slices.Clone(r.entries)
	order := map[string]int{}
	for _, e := range out {
		if _, known := order[e.File]; !known && e.File != "" {
			order[e.File] = len(order)
		}
	}
	order[""] = len(order)
	slices.SortStableFunc(out, func(a, b Entry) int {
		return cmp.Or(order[a.File]-order[b.File], a.Line-b.Line)
	})
	return out
}
