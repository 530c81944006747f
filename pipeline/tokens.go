package pipeline

import "time"

// Tokens makes one-time boot tokens. With one a machine shows which known host
// it is, to the server's API or to somebody who asks that; see docs/stage6.md.
// It is safe for concurrent use.
type Tokens interface {
	// Token gives the token that the known host of a name has at a time. It is
	// URL-safe, and for some time the same one. Give it only to a client that
	// HostTrusted vouches for, and do not log it.
	Token(host string, now time.Time) string
}
