package event

// What became of a host while the server runs: the Reason of a HostChanged.
const (
	Created     = "created"
	Changed     = "changed"
	Deleted     = "deleted"
	SetAside    = "set-aside"    // a file has what it claims, so that it does not count
	CountsAgain = "counts-again" // no file has what it claims any more
)
