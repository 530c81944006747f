package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/stage6/stage6/bench/stalls"
)

// report is a text in Markdown that grows.
type report struct{ strings.Builder }

func newReport() *report {
	r := &report{}
	fmt.Fprintf(r, "%s, %d processors.\n", time.Now().Format(time.DateOnly), runtime.NumCPU())
	return r
}

func (r *report) write(name string) error {
	if name == "" {
		_, err := os.Stdout.WriteString(r.String())
		return err
	}
	return os.WriteFile(name, []byte(r.String()), 0o644)
}

// table adds one: names of columns, and a line for each row.
func (r *report) table(columns []string, rows []growth, line func(growth) []any) {
	fmt.Fprintf(r, "\n| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat(" ---: |", len(columns)))
	for _, g := range rows {
		fmt.Fprintf(r, "|"+strings.Repeat(" %v |", len(columns))+"\n", line(g)...)
	}
}

// plot adds one of a figure over the number of something, as GitHub draws it. The
// numbers stand at equal distances: what grows as they do rises steeply.
func (r *report) plot(title, axis string, rows []growth, of func(growth) float64) {
	var x, y []string
	for _, g := range rows {
		x = append(x, count(g.n))
		y = append(y, fmt.Sprintf("%.4g", of(g)))
	}
	fmt.Fprintf(r, "\n```mermaid\nxychart-beta\n    title %q\n    x-axis [%s]\n    y-axis %q\n    bar [%s]\n    line [%s]\n```\n",
		title, strings.Join(x, ", "), axis, strings.Join(y, ", "), strings.Join(y, ", "))
}

// count writes a number in words of three digits: 1k, 10k, 1M.
func count(n int) string {
	switch {
	case n >= 1_000_000 && n%1_000_000 == 0:
		return fmt.Sprintf("%dM", n/1_000_000)
	case n >= 1000 && n%1000 == 0:
		return fmt.Sprintf("%dk", n/1000)
	}
	return fmt.Sprint(n)
}

func megabytes(octets float64) string { return fmt.Sprintf("%.1f", octets/1e6) }

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()*1000) }

// each gives how much of something one more takes, beyond what none of it does. Of few
// it is less than what two starts differ by.
func each(what, none float64, n int) string {
	const few = 10_000
	if n < few {
		return "-"
	}
	return fmt.Sprintf("%.0f", (what-none)/float64(n))
}

func (r *report) leases(o options, rows []growth) {
	none := rows[0]
	fmt.Fprintf(r, "\n### Leases\n")
	r.table([]string{"leases", "start, s", "resident, MB", "at most, MB", "live, MB", "resident octets a lease", "live octets a lease", "disk octets a lease"}, rows, func(g growth) []any {
		return []any{count(g.n), fmt.Sprintf("%.2f", g.start.Seconds()), megabytes(g.memory.resident), megabytes(g.memory.most), megabytes(g.memory.live),
			each(g.memory.resident, none.memory.resident, g.n), each(g.memory.live, none.memory.live, g.n), each(g.disk, none.disk, g.n)}
	})
	fmt.Fprintf(r, "\nHow long others wait for an Advertise, in ms: while nothing else goes on; while %s more clients, %d a second, take leases and the store writes its tables anew; "+
		"while a reload brings other pools; while all leases are checked (`stage6 leases verify`); while all leases run out at once. *Over after* is when the last of those was taken note of. "+
		"Before that %s more had taken leases as fast as they were answered.\n", count(o.flood*2/3), perTick*int(time.Second/every), count(o.flood/3))
	r.table([]string{"leases", "quiet: median", "99 %", "longest", "at most, a second", "new leases: 99 %", "longest", "other pools: 99 %", "longest", "checked: after, s", "99 %", "longest", "run out: over after, s", "99 %", "longest"}, rows, func(g growth) []any {
		return slices.Concat([]any{count(g.n), milliseconds(g.quiet.at(.5))}, high(g.quiet), []any{fmt.Sprintf("%.0f", g.rate)}, high(g.busy), high(g.pools),
			[]any{fmt.Sprintf("%.1f", g.checked.Seconds())}, high(g.checks), []any{over(g)}, high(g.expiry))
	})
	r.still(rows)
	r.plot("start by number of leases", "seconds", rows, func(g growth) float64 { return g.start.Seconds() })
	r.plot("memory by number of leases", "MB resident", rows, func(g growth) float64 { return g.memory.resident / 1e6 })
	r.plot("longest answer while leases run out", "ms", rows[1:], func(g growth) float64 { return g.expiry.at(1).Seconds() * 1000 })
}

// still adds a table of what the machine itself did while answers were timed.
func (r *report) still(rows []growth) {
	fmt.Fprintf(r, "\nThe same times, by the machine: how often a minute a processor stood still for %v or more, for how long at most, in ms, and the slowest answer that was under way while one did so for %v or more in all, or began within as long a time after it, behind what had piled up. "+
		"Those answers are not in the table above.\n", stalls.Least, tolerated)
	columns := []string{"leases"}
	for _, phase := range []string{"quiet", "new leases", "other pools", "checked", "run out"} {
		columns = append(columns, phase+": a minute", "longest", "slowest answer")
	}
	r.table(columns, rows, func(g growth) []any {
		return slices.Concat([]any{count(g.n)}, g.quiet.still.cells(), g.busy.still.cells(), g.pools.still.cells(), g.checks.still.cells(), g.expiry.still.cells())
	})
}

func (s still) cells() []any {
	if s.of == 0 {
		return []any{"-", "-", "-"}
	}
	return []any{fmt.Sprintf("%.1f", float64(s.stalls)/s.of.Minutes()), milliseconds(s.longest), milliseconds(s.most)}
}

// high gives how long the slowest of a hundred took, and the slowest of all.
func high(d delays) []any {
	if len(d.took) == 0 {
		return []any{"-", "-"}
	}
	return []any{milliseconds(d.at(.99)), milliseconds(d.at(1))}
}

// over gives when the last of the leases that ran out was taken note of, in seconds.
func over(g growth) string {
	if g.n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", g.expires.Seconds())
}

func (r *report) hosts(name string, rows []growth) {
	fmt.Fprintf(r, "\n### Hosts in %s\n", name)
	r.table([]string{"hosts", "start, s", "processor time, s", "resident, MB", "at most, MB", "live, MB", "after a reload: resident, MB", "at most, MB", "live, MB", "longest answer while reloading, ms", "while the machine stood still"}, rows, func(g growth) []any {
		return []any{count(g.n), fmt.Sprintf("%.2f", g.start.Seconds()), fmt.Sprintf("%.2f", g.cost.Seconds()),
			megabytes(g.memory.resident), megabytes(g.memory.most), megabytes(g.memory.live),
			megabytes(g.reload.resident), megabytes(g.reload.most), megabytes(g.reload.live), milliseconds(g.busy.at(1)), milliseconds(g.busy.still.most)}
	})
	r.plot("start by number of hosts in "+name, "seconds", rows, func(g growth) float64 { return g.start.Seconds() })
	r.plot("memory by number of hosts in "+name+", after a reload", "MB resident", rows, func(g growth) float64 { return g.reload.resident / 1e6 })
}

func (r *report) links(rows []growth) {
	fmt.Fprintf(r, "\n### Links\n\nLinks of the configuration behind relay agents, each with a pool of its own; each exchange is on another one.\n")
	r.costs("links", rows)
	r.plot("cost of an exchange by number of links", "µs of processors", rows, func(g growth) float64 { return g.cost.Seconds() * 1e6 })
}

func (r *report) interfaces(rows []growth) {
	fmt.Fprintf(r, "\n### Interfaces\n\nInterfaces that the server listens on, each a virtual cable with a prefix of its own, while the exchanges come from a relay agent.\n")
	r.costs("interfaces", rows)
}

// costs adds a table of what an exchange costs.
func (r *report) costs(what string, rows []growth) {
	r.table([]string{what, "start, s", "resident, MB", "live, MB", "processor time, µs/exchange", "exchanges/s"}, rows, func(g growth) []any {
		return []any{count(g.n), fmt.Sprintf("%.2f", g.start.Seconds()), megabytes(g.memory.resident), megabytes(g.memory.live),
			fmt.Sprintf("%.1f", g.cost.Seconds()*1e6), fmt.Sprintf("%.0f", g.rate)}
	})
}
