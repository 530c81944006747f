package daemon

import (
	"encoding/json"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
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
}

func (p *program) version() version {
	v := version{Version: "unknown", Plugins: []string{}, Stores: []string{}}
	if info, ok := debug.ReadBuildInfo(); ok {
		v.Version, v.Go = info.Main.Version, info.GoVersion
	}
	for _, plugin := range p.plugins {
		switch {
		case plugin.IsStore():
			v.Stores = append(v.Stores, plugin.Name())
		case plugin.IsSource():
			v.Sources = append(v.Sources, plugin.Name())
		default:
			v.Plugins = append(v.Plugins, plugin.Name())
		}
	}
	return v
}

func (p *program) printVersion(v version) error {
	fmt.Fprintf(p.stdout, "stage6 %s, built with %s\n\nplugins:\n", v.Version, v.Go)
	for _, name := range v.Plugins {
		fmt.Fprintf(p.stdout, "  %s\n", name)
	}
	fmt.Fprintln(p.stdout, "\nstores for leases:")
	for _, name := range v.Stores {
		fmt.Fprintf(p.stdout, "  %s\n", name)
	}
	if len(v.Sources) > 0 {
		fmt.Fprintln(p.stdout, "\nsources of identity:")
	}
	for _, name := range v.Sources {
		fmt.Fprintf(p.stdout, "  %s\n", name)
	}
	return nil
}
