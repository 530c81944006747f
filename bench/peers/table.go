package main

import "strings"

// table is one of Markdown's.
type table struct {
	b    strings.Builder
	rows int
}

func (t *table) head(names ...string) {
	t.line(names)
	rule := make([]string, len(names))
	for i := range rule {
		rule[i] = "---"
	}
	t.line(rule)
}

func (t *table) row(values ...string) {
	t.line(values)
	t.rows++
}

func (t *table) line(values []string) {
	t.b.WriteString("| " + strings.Join(values, " | ") + " |\n")
}

// titled gives the table under a heading, or nothing where it has no rows.
func (t *table) titled(title string) string {
	if t.rows == 0 {
		return ""
	}
	return "\n### " + title + "\n\n" + t.b.String()
}
