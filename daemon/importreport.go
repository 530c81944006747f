package daemon

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/plaintext"
)

// textWidth is how wide text is where no terminal says.
const textWidth = 100

// terminalWidth gives the width of the terminal that w is, in columns, or 0.
func terminalWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}

// print writes the report for people: under each line of the old server's what
// became of it. A terminal of a width is not run over; 0 is none.
func (r *importReport) print(w io.Writer, width int) error {
	if err := r.printLines(w, width); err != nil {
		return err
	}
	var out strings.Builder
	for _, e := range r.Refused {
		fmt.Fprintln(&out, e)
	}
	notes := len(r.Lines) - r.LeftOut - r.Changed
	fmt.Fprintf(&out, "%s: %s left out, %d changed, %s\n", strings.Join(r.Formats, ", "),
		count(r.LeftOut, "line", "lines"), r.Changed, count(notes, "note", "notes"))
	for _, path := range r.Written {
		fmt.Fprintln(&out, "written:", path)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// printLines writes what became of lines.
func (r *importReport) printLines(w io.Writer, width int) error {
	var out strings.Builder
	for _, e := range r.Lines {
		printEntry(&out, e, width)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func printEntry(out *strings.Builder, e migrate.Entry, width int) {
	place := e.File
	if e.Line > 0 {
		place = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	head := strings.TrimPrefix(place+": ", ": ") + string(e.Outcome) + ":"
	if e.Text != "" {
		head += " " + e.Text
	}
	if width > 0 {
		head = shorten(head, max(width, 40))
	}
	if width == 0 {
		width = textWidth
	}
	for _, line := range append([]string{head}, indented(wrap(e.Reason, max(width, 40)-4))...) {
		fmt.Fprintln(out, plaintext.Line(line))
	}
}

func indented(lines []string) []string {
	for i := range lines {
		lines[i] = "    " + lines[i]
	}
	return lines
}

// wrap breaks a text between words into lines of at most so many octets, where
// words are not longer.
func wrap(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}
