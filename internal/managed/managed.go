// Package managed says which flags of router advertisements a configuration calls
// for.
package managed

// Flags are the M and O flags of router advertisements (RFC 4861 section 4.2) as a
// list of plugins calls for them.
type Flags struct {
	Managed bool // addresses are leased
	Other   bool // something else is served
	Unsure  bool // there are plugins of which nobody knows whether they lease addresses
}

// Of gives the flags for a list of plugins by name. Where M is set O is, too,
// though that says nothing more (RFC 4861 section 4.2): some hosts look at one
// of them only.
func Of(plugins []string) (f Flags) {
	for _, name := range plugins {
		switch name {
		case "pool", "hosts", "file", "deploy", "final":
			f.Managed, f.Other = true, true
		case "boot", "dns", "nbp", "ntp", "option", "prefix", "searchdomains":
			f.Other = true
		case "example", "identify", "ignore", "lifetimes", "preference", "ra", "route", "server_id", "sleep", "stage", "tag":
			// they serve nothing by themselves
		default:
			f.Unsure = true
		}
	}
	return f
}
