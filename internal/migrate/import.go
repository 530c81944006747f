package migrate

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Result is what came of an import.
type Result struct {
	Formats []string // the names of the formats that were read
	Config  *Config
	Report  *Report
}

// Title says in one line where a configuration is from.
func (r Result) Title(files []string) string {
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(f))
	}
	return fmt.Sprintf("Made by stage6 import from %s (%s).", strings.Join(names, ", "), strings.Join(r.Formats, ", "))
}

// imports says whether a format has configurations.
func imports(f Format) bool { return f.Import != nil }

// Importers gives the formats that Import can read.
func (f Formats) Importers() []string { return f.Names(imports) }

// Import reads files of one network, each in the named format or, without a
// name, in the one that it looks like.
func (f Formats) Import(files []string, from string) (Result, error) {
	out := Result{Config: &Config{}, Report: &Report{}}
	groups, err := f.group(files, from)
	if err != nil {
		return out, err
	}
	for _, g := range groups {
		out.Formats = append(out.Formats, g.format.Name)
		if err := g.format.Import(g.sources, out.Config, out.Report); err != nil {
			return out, err
		}
	}
	out.Config.Repair(out.Report)
	return out, nil
}

// group is the files of one format.
type group struct {
	format  Format
	sources []*Source
}

// group reads the files, and puts those of one format together.
func (f Formats) group(files []string, from string) (groups []group, err error) {
	var errs []error
	for _, name := range files {
		source, err := ReadSource(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		format, err := f.of(name, source.Data, from)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		i := slices.IndexFunc(groups, func(g group) bool { return g.format.Name == format.Name })
		if i < 0 {
			i, groups = len(groups), append(groups, group{format: format})
		}
		groups[i].sources = append(groups[i].sources, source)
	}
	return groups, errors.Join(errs...)
}

func (f Formats) of(name string, head []byte, from string) (Format, error) {
	if from != "" {
		return f.Named(from, imports)
	}
	return f.Recognise(cmp.Or(name, "-"), head, imports)
}
