package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/stage6/stage6/generator/custombuild"
	"github.com/stage6/stage6/generator/pluginlist"
)

// generate builds a program, or writes what the flags name in its place.
func (p *program) generate(ctx context.Context, f *flags, args []string) error {
	stage6, err := custombuild.FindStage6(ctx, f.stage6, p.folder, p.build)
	if err != nil {
		return failed(err)
	}
	plugins, err := p.plugins(stage6, f, args)
	if err != nil {
		return err
	}
	switch {
	case f.writeList != "":
		return failed(writeSource(f.writeList, func(string) ([]byte, error) { return pluginlist.Source(f.from(), plugins) }))
	case f.writeNames != "":
		return failed(writeSource(f.writeNames, func(pkg string) ([]byte, error) { return pluginlist.NameSource(f.from(), pkg, plugins) }))
	}
	build := custombuild.Build{
		Stage6: stage6, Plugins: plugins, Output: f.output, LDFlags: f.ldflags, Tags: f.tags,
		Keep: f.keep, Verbose: f.verbose, Progress: p.stderr,
	}
	if err := build.Run(ctx); err != nil {
		return failed(err)
	}
	_, err = fmt.Fprintln(p.stdout, f.output)
	return failed(err)
}

// plugins gives those that the arguments select.
func (p *program) plugins(stage6 custombuild.Stage6, f *flags, args []string) ([]pluginlist.Plugin, error) {
	builtins, err := stage6.Builtins()
	if err != nil {
		return nil, failed(err)
	}
	s := pluginlist.Selection{Names: args, With: f.with, Without: f.without, Folder: p.folder}
	var errs []error
	for _, name := range f.lists {
		list, err := pluginlist.ReadFile(name, builtins)
		if err == nil && len(list.Plugins) == 0 {
			err = fmt.Errorf("%s: the list has no plugin", name)
		}
		for _, line := range list.LeftOut {
			fmt.Fprintf(p.stderr, "left out: %s\n", line)
		}
		s.List, errs = append(s.List, list.Plugins...), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s.Plugins(builtins)
}

// from names what the plugins come from, for generated files.
func (f *flags) from() string {
	var names []string
	for _, name := range f.lists {
		names = append(names, filepath.Base(name))
	}
	if len(names) == 0 {
		return "its arguments"
	}
	return strings.Join(names, " and ")
}

// writeSource writes a Go file; its package is named as its folder is.
func writeSource(name string, source func(pkg string) ([]byte, error)) error {
	path, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	text, err := source(filepath.Base(filepath.Dir(path)))
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}
