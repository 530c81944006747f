package boot

import (
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/quiet"
	"github.com/stage6/stage6/pipeline"
)

// tokens makes the tokens in URLs, for clients that may have one.
type tokens struct {
	pipeline.Tokens
	log   *logrus.Entry
	quiet quiet.Limiter
}

// append appends the token of the client's host: one that a trusted source
// vouches for and that has not been installed yet. Others get none.
func (t *tokens) append(dst []byte, c *client) []byte {
	h := c.Host()
	if h == nil || h.State != host.New && h.State != host.Deploy {
		return dst
	}
	if !c.HostTrusted() {
		t.refused(c, h.Name)
		return dst
	}
	return append(dst, t.Token(h.Name, c.Now())...)
}

// refused tells operators why a machine that they know has no token.
func (t *tokens) refused(c *client, host string) {
	if c.IsDryRun() {
		return
	}
	suppressed, ok := t.quiet.Allow(c.Now())
	if !ok {
		return
	}
	log := t.log.WithFields(logrus.Fields{"host": host, "mac": c.MAC()})
	if suppressed > 0 {
		log = log.WithField("suppressed", suppressed)
	}
	log.Warn("no token in the URL: no trusted source of identity says that the client is this host")
}
