package pluginlist

import (
	"errors"
	"fmt"
	"slices"
)

// Selection says which plugins a build is to have.
type Selection struct {
	List    []Plugin // to begin with; nil with no Names: the default build's
	Names   []string // plugins, as a line of a list has them, but that ./ is a folder here
	With    []string // the same, beside the default build's where there are no Names
	Without []string // names or import paths to leave out
	Folder  string   // what local paths are relative to
}

// Plugins gives the plugins that are selected, those of the list first. One that
// the list and an argument name is as the argument says.
func (s Selection) Plugins(builtins []Plugin) ([]Plugin, error) {
	plugins := slices.Clone(s.List)
	if s.List == nil && len(s.Names) == 0 {
		plugins = slices.Clone(builtins)
	}
	asked, err := s.arguments(builtins)
	if err != nil {
		return nil, err
	}
	for _, p := range asked {
		i := slices.IndexFunc(plugins, func(q Plugin) bool { return q.Path == p.Path })
		if i < 0 {
			plugins = append(plugins, p)
		} else {
			plugins[i] = p
		}
	}
	plugins, err = without(plugins, s.Without)
	if err == nil && len(plugins) == 0 {
		err = errors.New("no plugin is left: name some")
	}
	if err != nil {
		return nil, err
	}
	return plugins, oneOfEach(plugins)
}

// arguments reads the plugins that arguments name, each once.
func (s Selection) arguments(builtins []Plugin) (plugins []Plugin, err error) {
	r := parser{folder: s.Folder, builtins: builtins}
	var errs []error
	add := func(place, text string) {
		p, err := r.parse(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s%w", place, err))
			return
		}
		if slices.ContainsFunc(plugins, func(q Plugin) bool { return q.Path == p.Path }) {
			errs = append(errs, fmt.Errorf("%s%q is named twice", place, p.Path))
		}
		p.Place = "the command line"
		plugins = append(plugins, p)
	}
	for _, text := range s.Names {
		add("", text)
	}
	for _, text := range s.With {
		add("--with ", text)
	}
	return plugins, errors.Join(errs...)
}

// without leaves out what is named, all of which must be there.
func without(plugins []Plugin, names []string) ([]Plugin, error) {
	for _, name := range names {
		kept := slices.DeleteFunc(slices.Clone(plugins), func(p Plugin) bool { return p.Path == name || p.Name() == name })
		if len(kept) == len(plugins) {
			return nil, fmt.Errorf("--without %q: no such plugin is selected: name a built-in plugin, or the whole import path", name)
		}
		plugins = kept
	}
	return plugins, nil
}

// oneOfEach refuses two versions or folders of one module.
func oneOfEach(plugins []Plugin) error {
	folders := map[string]Plugin{}
	for _, p := range plugins {
		if p.Local == nil {
			continue
		}
		first, again := folders[p.Local.Path]
		if again && first.Local.Dir != p.Local.Dir {
			return fmt.Errorf("the module %s is to come from two folders: %s for %s, and %s for %s",
				p.Local.Path, first.Local.Dir, first.Path, p.Local.Dir, p.Path)
		}
		folders[p.Local.Path] = p
	}
	return nil
}
