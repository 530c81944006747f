package migrate

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Format is a kind of files.
type Format struct {
	Name  string // for --from and --to-format, such as kea
	Title string // for people, such as "Kea, JSON"
	// Detect says how much a file looks like one of this format: 0 not at all,
	// 100 without doubt. It sees the beginning of the file, of at most
	// DetectLength octets.
	Detect func(name string, head []byte) int
	// Import adds what the files say to the configuration. Its error is that a
	// file cannot be understood; what has no counterpart here goes to the report.
	// It is nil for formats that only hold leases.
	Import func(sources []*Source, c *Config, r *Report) error
	// Leases reads files of leases, and stops at the sink's first error. It is
	// nil for formats without leases.
	Leases func(ctx context.Context, files []string, to *LeaseSink) error
	// Export writes hosts. What the format cannot hold goes to the report. It is
	// nil where nothing can be exported.
	Export func(w io.Writer, hosts []Host, r *Report) error
}

// DetectLength is how much of a file Format.Detect sees, in octets.
const DetectLength = 64 << 10

// Formats is a list of them.
type Formats []Format

// Names gives the names of those that can do something.
func (f Formats) Names(can func(Format) bool) (out []string) {
	for _, x := range f {
		if can(x) {
			out = append(out, x.Name)
		}
	}
	return out
}

// Named finds a format by its name.
func (f Formats) Named(name string, can func(Format) bool) (Format, error) {
	i := slices.IndexFunc(f, func(x Format) bool { return x.Name == name && can(x) })
	if i < 0 {
		return Format{}, fmt.Errorf("unknown format %q: want one of %s", name, strings.Join(f.Names(can), ", "))
	}
	return f[i], nil
}

// Recognise finds the format of a file by what stands in it.
func (f Formats) Recognise(name string, head []byte, can func(Format) bool) (Format, error) {
	head = head[:min(len(head), DetectLength)]
	best, sure := Format{}, 0
	for _, x := range f {
		if n := x.detect(name, head); can(x) && n > sure {
			best, sure = x, n
		}
	}
	if sure == 0 {
		return best, fmt.Errorf("%s: of no format that is known; name one with --from: %s", name, strings.Join(f.Names(can), ", "))
	}
	return best, nil
}

func (f Format) detect(name string, head []byte) int {
	if f.Detect == nil {
		return 0
	}
	return f.Detect(name, head)
}
