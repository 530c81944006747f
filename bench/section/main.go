// Command section puts measured figures into their places in a document:
//
//	go run ./bench/section docs/performance.md peers dist/bench/peers.md
//
// A place stands between two lines, and what is put there replaces what stood there
// before:
//
//	<!-- measured: peers -->
//	<!-- end of measured: peers -->
package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: section DOCUMENT NAME FILE")
		os.Exit(2)
	}
	text, err := os.ReadFile(os.Args[3])
	if err == nil {
		err = put(os.Args[1], os.Args[2], string(text))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "section:", err)
		os.Exit(1)
	}
}

// put puts text between the two lines of a name in a file. It is an error when the
// file does not have them, each once and in this order.
func put(path, name, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed, err := replace(string(old), name, text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(changed), 0o644)
}

func replace(document, name, text string) (string, error) {
	begin, end := beginLine(name)+"\n", endLine(name)+"\n"
	for _, line := range []string{begin, end} {
		if n := strings.Count(document, line); n != 1 {
			return "", fmt.Errorf("the line %q stands there %d times: want once", strings.TrimSpace(line), n)
		}
	}
	before, rest, _ := strings.Cut(document, begin)
	_, after, found := strings.Cut(rest, end)
	if !found {
		return "", fmt.Errorf("the line %q stands before %q", strings.TrimSpace(end), strings.TrimSpace(begin))
	}
	return before + begin + "\n" + strings.TrimSpace(text) + "\n\n" + end + after, nil
}

// beginLine is the line before the figures of a name.
func beginLine(name string) string { return "<!-- measured: " + name + " -->" }

// endLine is the line behind them.
func endLine(name string) string { return "<!-- end of measured: " + name + " -->" }
