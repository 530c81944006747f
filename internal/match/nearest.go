package match

import (
	"fmt"
	"strings"
)

// suggestion gives ", did you mean ...?" if a known name is near, else nothing.
func suggestion(name string, known []string) string {
	const longest = 64
	if len(name) > longest {
		return ""
	}
	best, most := "", max(1, len(name)/3)+1
	for _, k := range known {
		d := distance(strings.ToLower(name), strings.ToLower(k))
		if len(name) > 2 && strings.HasPrefix(k, name) {
			d = 1
		}
		if d < most {
			best, most = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// distance counts the bytes to insert, delete or replace to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			changed := diagonal
			if a[i-1] != b[j-1] {
				changed++
			}
			diagonal, row[j] = row[j], min(changed, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
