package pipeline

// From gives the plugin with the import path of its package, by which stage6
// version and errors tell where it comes from. Lists that are generated call it.
func (p Plugin) From(path string) Plugin {
	p.path = path
	return p
}

// Path gives the import path of the plugin's package, or nothing where the list
// of plugins does not tell.
func (p Plugin) Path() string { return p.path }
