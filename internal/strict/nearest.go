package strict

import (
	"fmt"
	"slices"
	"strings"
)

// UnknownError is the error for a name that is not among those known.
type UnknownError struct {
	What string // what is named, such as key
	text string
}

// Error names those that are known.
func (e *UnknownError) Error() string { return e.text }

// Unknown makes the error for a name that is not among those known: what says
// what is named, such as key. It suggests the nearest known name if one is near.
// It is an UnknownError.
func Unknown(what, name string, known []string) error {
	list := strings.Join(known, ", ")
	if near := nearest(name, known); near != "" {
		return &UnknownError{what, fmt.Sprintf("unknown %s %q, did you mean %q? (known: %s)", what, name, near, list)}
	}
	return &UnknownError{what, fmt.Sprintf("unknown %s %q (known: %s)", what, name, list)}
}

// nearest gives the known name with the fewest changed letters, or nothing if
// more than a third would change.
func nearest(name string, known []string) string {
	const longest = 64
	if len(name) > longest {
		return ""
	}
	best, most := "", max(1, len(name)/3)+1
	for _, k := range known {
		if d := distance(plain(name), plain(k)); d < most {
			best, most = k, d
		}
	}
	return best
}

// plain makes names equal that differ in case and separators only.
func plain(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "-", "_")
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to make b of a.
func distance(a, b string) int {
	var before, above []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above, row = above, row, slices.Clone(row)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			same := 1
			if a[i-1] == b[j-1] {
				same = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+same)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
