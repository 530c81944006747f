package config

import "github.com/stage6/stage6/internal/strict"

// Reload is on-change, which reads the configuration again when a file changes, or
// manual, which waits until somebody asks for it. The zero value is manual.
type Reload string

// UnmarshalText reads when to reload.
func (r *Reload) UnmarshalText(text []byte) error {
	return choose(r, string(text), "manual", "on-change")
}

// OnChange says whether a change of a file is enough.
func (r Reload) OnChange() bool { return r == "on-change" }

// Fixed gives an error, with its place, for each setting that a server which runs
// cannot change, and that is another one in the next configuration.
func (f *File) Fixed(next *File) error {
	var errs []error
	for _, path := range different(f.Node, next.Node, nil) {
		errs = append(errs, next.Node.At(path...).Err("%s cannot change while the server runs: restart it to have this, or take the change back", dotted(path)))
	}
	return strict.Join(errs...)
}

// changeable says whether a setting can be changed by a reload. One of which nobody
// said so cannot be.
func changeable(path []string) bool {
	switch dotted(path) {
	case "log.level", "log.format", "reload", "events",
		"server6.listen", "server6.relays", "server6.links", "server6.plugins",
		"server6.rapid_commit", "server6.unicast", "server6.always", "server6.never", "server6.rsoo",
		"server6.decline_quarantine", "server6.sol_max_rt", "server6.inf_max_rt", "server6.information_refresh",
		"server6.token_lifetime", "server6.known_servers", "server6.linkwatch":
		return true
	}
	return false
}

// hasParts says whether some of a setting's keys can be changed by a reload.
func hasParts(path []string) bool { return dotted(path) == "log" || dotted(path) == "server6" }

func dotted(path []string) (out string) {
	for i, key := range path {
		if i > 0 {
			out += "."
		}
		out += key
	}
	return out
}

// different gives the settings that differ and cannot be changed.
func different(was, is strict.Node, under []string) (paths [][]string) {
	for _, key := range keys(was, is) {
		path := append(under[:len(under):len(under)], key)
		switch {
		case changeable(path) || was.Get(key).Equal(is.Get(key)):
		case hasParts(path):
			paths = append(paths, different(was.Get(key), is.Get(key), path)...)
		default:
			paths = append(paths, path)
		}
	}
	return paths
}

// keys gives the keys of two maps, those of the second one first.
func keys(was, is strict.Node) (out []string) {
	seen := map[string]bool{}
	for _, pair := range append(is.Pairs(), was.Pairs()...) {
		if key, err := pair.Key.Text(); err == nil && !seen[key] {
			seen[key] = true
			out = append(out, key)
		}
	}
	return out
}
