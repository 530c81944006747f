package daemon

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/stage6/stage6/internal/plaintext"
)

// leastColumn is how many characters of a column are left at least where a table
// does not fit.
const leastColumn = 8

// printTable writes a table: columns as wide as what is in them, two spaces
// between. Where that runs over the width of a terminal, the widest columns are cut
// until it does not; width 0 is that of no terminal.
func printTable(w io.Writer, width int, rows [][]string) error {
	for _, row := range rows {
		for i := range row {
			row[i] = plaintext.Line(row[i])
		}
	}
	widths := columnWidths(rows)
	fit(widths, width)
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			cell = cutCell(cell, widths[i])
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
			}
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func columnWidths(rows [][]string) (widths []int) {
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// fit takes from the widest columns what is too much for a width.
func fit(widths []int, width int) {
	if width == 0 {
		return
	}
	sum := 2 * (len(widths) - 1)
	for _, w := range widths {
		sum += w
	}
	for ; sum > width; sum-- {
		widest := 0
		for i, w := range widths {
			if w >= widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= leastColumn {
			return
		}
		widths[widest]--
	}
}

// cutCell leaves the end of a text out that is wider than a column.
func cutCell(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}
