// Man writes the manual pages: one for each command, made of its help, and one for
// each document that is worth one.
//
//	go run ./packaging/man [--version VERSION] DIRECTORY
//
// It is run in the root of the module. With SOURCE_DATE_EPOCH the pages are the
// same each time.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/stage6/stage6/daemon"
)

func main() {
	version := flag.String("version", "", "the version that the pages are of")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: man [--version VERSION] DIRECTORY")
		os.Exit(2)
	}
	if err := write(flag.Arg(0), *version); err != nil {
		fmt.Fprintln(os.Stderr, "man:", err)
		os.Exit(1)
	}
}

// write writes all pages into a directory, which it makes.
func write(dir, version string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	date, err := dateOfSource()
	if err != nil {
		return err
	}
	head := header{Source: "stage6 " + version, Date: date}
	if err := writeCommands(dir, head); err != nil {
		return err
	}
	return writeDocuments(dir, head)
}

// header is what all pages have at their foot.
type header struct {
	Source string
	Date   time.Time
}

// dateOfSource gives the date that the pages bear (see reproducible-builds.org).
func dateOfSource() (time.Time, error) {
	s := os.Getenv("SOURCE_DATE_EPOCH")
	if s == "" {
		return time.Now().UTC(), nil
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// writeCommands writes stage6-COMMAND(8) for each command but the program itself,
// whose page is the manual.
func writeCommands(dir string, head header) error {
	root := daemon.Command(nil)
	root.InitDefaultHelpCmd()
	quiet(root)
	h := &doc.GenManHeader{Section: "8", Manual: "stage6 manual", Source: head.Source, Date: &head.Date}
	return doc.GenManTree(root, h, dir)
}

// quiet has no page say when it was made.
func quiet(c *cobra.Command) {
	c.DisableAutoGenTag = true
	for _, sub := range c.Commands() {
		quiet(sub)
	}
}

// writeDocuments writes the pages that are documents.
func writeDocuments(dir string, head header) error {
	pages, err := documents()
	if err != nil {
		return err
	}
	for _, p := range pages {
		text, err := p.markdown(head)
		if err != nil {
			return err
		}
		name := filepath.Join(dir, p.name+"."+p.section)
		if err := os.WriteFile(name, md2man.Render(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
