// Command generator turns a list of plugins into the Go file that compiles
// them in.
//
// The list has one import path a line; # begins a comment; a path that begins
// with ./ is of the stage6 module.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "generator:", err)
		}
		os.Exit(2)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("generator", flag.ContinueOnError)
	list := flags.String("list", "plugins.txt", "the `file` that lists the plugins")
	out := flags.String("out", "plugins_gen.go", "the Go `file` to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	f, err := os.Open(*list)
	if err != nil {
		return err
	}
	defer f.Close()
	paths, err := readList(*list, f)
	if err != nil {
		return err
	}
	text, err := source(filepath.Base(*list), paths)
	if err != nil {
		return err
	}
	return os.WriteFile(*out, text, 0o644)
}
