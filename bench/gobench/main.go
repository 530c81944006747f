// Command gobench makes a table in Markdown of what "go test -bench" wrote, with the
// median of the runs of each benchmark. The file itself is for benchstat.
//
//	go run ./bench/gobench dist/bench/go.txt
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gobench FILE")
		os.Exit(2)
	}
	f, err := os.Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "gobench:", err)
		os.Exit(1)
	}
	defer f.Close()
	all, err := read(f)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gobench:", err)
		os.Exit(1)
	}
	write(os.Stdout, all)
}

// benchmark is what the runs of one gave.
type benchmark struct {
	room, name string
	values     map[string][]float64 // by the unit
	units      []string             // in the order of the file
}

// read reads the format of benchmarks (golang.org/design/14313-benchmark-format).
func read(r io.Reader) (all []*benchmark, err error) {
	known := map[string]*benchmark{}
	room := ""
	for lines := bufio.NewScanner(r); lines.Scan(); err = lines.Err() {
		line := lines.Text()
		if rest, ok := strings.CutPrefix(line, "pkg: "); ok {
			_, room, _ = strings.Cut(rest, "stage6/stage6/")
		}
		fields := strings.Fields(line)
		if !strings.HasPrefix(line, "Benchmark") || len(fields) < 4 {
			continue
		}
		b := known[room+fields[0]]
		if b == nil {
			b = &benchmark{room: room, name: strings.TrimPrefix(fields[0], "Benchmark"), values: map[string][]float64{}}
			known[room+fields[0]], all = b, append(all, b)
		}
		if err := b.add(fields[2:]); err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
	}
	return all, err
}

// add notes pairs of values and units.
func (b *benchmark) add(fields []string) error {
	for len(fields) >= 2 {
		value, err := strconv.ParseFloat(fields[0], 64)
		if err != nil {
			return err
		}
		unit := fields[1]
		if b.values[unit] == nil {
			b.units = append(b.units, unit)
		}
		b.values[unit] = append(b.values[unit], value)
		fields = fields[2:]
	}
	return nil
}

// median gives the one of a unit, as people read it, or nothing.
func (b *benchmark) median(unit string) string {
	values := slices.Sorted(slices.Values(b.values[unit]))
	if len(values) == 0 {
		return ""
	}
	return strconv.FormatFloat(values[len(values)/2], 'f', -1, 64)
}

// others gives the medians of the units that have no column.
func (b *benchmark) others() string {
	var said []string
	for _, unit := range b.units {
		if !slices.Contains([]string{"ns/op", "B/op", "allocs/op"}, unit) {
			said = append(said, b.median(unit)+" "+unit)
		}
	}
	return strings.Join(said, ", ")
}

func write(w io.Writer, all []*benchmark) {
	fmt.Fprint(w, "| package | benchmark | ns/op | B/op | allocs/op | more |\n| --- | --- | ---: | ---: | ---: | --- |\n")
	for _, b := range all {
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", b.room, b.name, b.median("ns/op"), b.median("B/op"), b.median("allocs/op"), b.others())
	}
}
