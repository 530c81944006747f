package daemon

import (
	"cmp"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/internal/compiled"
)

func (p *program) versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version and the plugins that are compiled in",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			v := p.version()
			if asJSON {
				return json.NewEncoder(p.stdout).Encode(v)
			}
			return p.printVersion(v)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// version is what the command of that name tells.
type version struct {
	Version string   `json:"version"`
	Go      string   `json:"go"`
	Plugins []string `json:"plugins"`
	Stores  []string `json:"stores"`
	Sources []string `json:"sources,omitempty"` // of identity, beside those of identify
	Facts   []string `json:"facts,omitempty"`   // plugins that only add to match expressions
	Origins []origin `json:"origins,omitempty"` // of all of them, in the order of the build
}

// origin is where a plugin comes from.
type origin struct {
	Plugin  string `json:"plugin"`
	Kind    string `json:"kind"`    // plugin, store, source or facts
	Package string `json:"package"` // import path
	Module  string `json:"module,omitempty"`
	Version string `json:"version,omitempty"` // of the module
}

func (p *program) version() version {
	made := compiled.Read(p.plugins)
	v := version{Version: made.Stage6().Version, Plugins: []string{}, Stores: []string{}}
	if made.Build != nil {
		v.Go = made.Build.GoVersion
	}
	for _, plugin := range p.plugins {
		list, kind := &v.Plugins, "plugin"
		switch {
		case plugin.IsStore():
			list, kind = &v.Stores, "store"
		case plugin.IsSource():
			list, kind = &v.Sources, "source"
		case plugin.IsFacts():
			list, kind = &v.Facts, "facts"
		}
		*list = append(*list, plugin.Name())
		if plugin.Path() != "" {
			m := made.Module(plugin.Path())
			v.Origins = append(v.Origins, origin{plugin.Name(), kind, plugin.Path(), m.Path, m.Version})
		}
	}
	return v
}

func (p *program) printVersion(v version) error {
	w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "stage6 %s, built with %s\n\nplugins:\n", v.Version, v.Go)
	v.printAll(w, v.Plugins, "plugin")
	fmt.Fprint(w, "\nstores for leases:\n")
	v.printAll(w, v.Stores, "store")
	if len(v.Sources) > 0 {
		fmt.Fprint(w, "\nsources of identity:\n")
		v.printAll(w, v.Sources, "source")
	}
	if len(v.Facts) > 0 {
		fmt.Fprint(w, "\nadditions to match expressions:\n")
		v.printAll(w, v.Facts, "facts")
	}
	return w.Flush()
}

// printAll prints plugins of a kind by their names, with where they come from.
func (v version) printAll(w *tabwriter.Writer, names []string, kind string) {
	for _, name := range names {
		line := "  " + name
		for _, o := range v.Origins {
			if o.Plugin == name && o.Kind == kind {
				line += fmt.Sprintf("\t%s\t%s", o.Package, cmp.Or(o.Version, "unknown"))
				break
			}
		}
		fmt.Fprintln(w, line)
	}
}
