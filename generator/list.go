package main

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"strings"
)

// module is the module that paths beginning with ./ belong to.
const module = "github.com/stage6/stage6"

// readList reads the import paths of a plugin list: one a line, with comments
// from # on. A path that stands twice is an error.
func readList(name string, r io.Reader) ([]string, error) {
	var paths []string
	seen := map[string]int{}
	scan := bufio.NewScanner(r)
	for n := 1; scan.Scan(); n++ {
		text, _, _ := strings.Cut(scan.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		if len(fields) > 1 {
			return nil, fmt.Errorf("%s:%d: %q: want one import path a line", name, n, strings.TrimSpace(text))
		}
		p := absolute(fields[0])
		if was := seen[p]; was > 0 {
			return nil, fmt.Errorf("%s:%d: %q stands on line %d already", name, n, p, was)
		}
		seen[p] = n
		paths = append(paths, p)
	}
	return paths, scan.Err()
}

func absolute(p string) string {
	if rest, ok := strings.CutPrefix(p, "./"); ok {
		return path.Join(module, rest)
	}
	return p
}
