package pipeline

// WithDryRun gives the plugin as one whose handlers can be tried on a message without
// a trace, as stage6 explain --try does: they do not block, and change nothing beyond
// the exchange, or nothing where Exchange.IsDryRun. Others are left out of a try, which
// says so.
func (p Plugin) WithDryRun() Plugin {
	p.dry = true
	return p
}

// CanDryRun says whether the plugin was made WithDryRun.
func (p Plugin) CanDryRun() bool { return p.dry }
