package main

import "strings"

// tablesAsLists gives every table of a document as a list of definitions: of the
// first column by the others. A terminal has no room for tables of sentences.
func tablesAsLists(text string) string {
	var out []string
	var table [][]string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if cells, ok := cellsOf(line); ok {
			table = append(table, cells)
			continue
		}
		out, table = append(out, definitions(table)...), nil
		out = append(out, line)
	}
	return strings.Join(append(out, definitions(table)...), "\n") + "\n"
}

// cellsOf gives the cells of a line that is a row of a table.
func cellsOf(line string) ([]string, bool) {
	if !strings.HasPrefix(line, "|") || !strings.HasSuffix(line, "|") || len(line) < 2 {
		return nil, false
	}
	const bar = "\x00" // a bar that is text
	cells := strings.Split(strings.ReplaceAll(line[1:len(line)-1], `\|`, bar), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(cells[i], bar, "|"))
	}
	return cells, true
}

// definitions gives the lines of a table that begins with its heads and a rule.
func definitions(table [][]string) (out []string) {
	if len(table) < 2 {
		return nil
	}
	heads := table[0]
	for _, row := range table[2:] {
		out = append(out, "", row[0], ": "+described(heads, row))
	}
	return append(out, "")
}

// described says what the second column does, and what the others do, each with
// its head.
func described(heads, row []string) string {
	var said []string
	for i := 1; i < len(row) && i < len(heads); i++ {
		switch {
		case row[i] == "":
		case i == 1:
			said = append(said, row[i])
		default:
			said = append(said, heads[i]+": "+row[i])
		}
	}
	if len(said) == 0 {
		return "-"
	}
	return strings.Join(said, ". ")
}
