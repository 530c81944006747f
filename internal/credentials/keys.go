package credentials

import (
	"context"
	"crypto/tls"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/internal/watch"
)

// Keys are the credentials of an endpoint, as its files have them. They are safe
// for concurrent use.
type Keys struct {
	files Files
	is    atomic.Pointer[contents]
	wrong atomic.Pointer[string] // why the files as they are do not count, or nil
	seen  watch.Looks            // the files as they were read last; of Run
}

// Open reads the files.
func Open(f Files) (*Keys, error) {
	k := &Keys{files: f, seen: watch.Look(f.paths())}
	c, err := f.read()
	if err != nil {
		return nil, err
	}
	k.is.Store(c)
	return k, nil
}

// TLS gives the settings of a server that shows the certificate of the moment.
func (k *Keys) TLS() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return k.is.Load().tls, nil },
	}
}

// Find gives the API token that a text is.
func (k *Keys) Find(text string) (Token, bool) { return find(k.is.Load().tokens, text) }

// Expires gives when the certificate expires.
func (k *Keys) Expires() time.Time { return k.is.Load().expires }

// Problem says what does not work, or nothing.
func (k *Keys) Problem(now time.Time) string {
	if wrong := k.wrong.Load(); wrong != nil {
		return "what was read before stays: " + *wrong
	}
	if end := k.Expires(); now.After(end) {
		return "the certificate " + k.files.Cert + " expired at " + end.Format(time.RFC3339)
	}
	return ""
}

// Run reads the files again when they change, until ctx ends.
func (k *Keys) Run(ctx context.Context, log logrus.FieldLogger) error {
	w, err := watch.New(k.files.paths())
	if err != nil {
		log.WithError(err).Warnf("the files are not watched, only looked at every %v", watch.LookTime)
	}
	defer w.Close()
	w.Follow()
	w.Settle(ctx) // of changes since the files were read
	for ctx.Err() == nil {
		k.look(log)
		if w.Wait(ctx) {
			w.Follow()
		}
	}
	return nil
}

// look reads the files again if they are not what they were.
func (k *Keys) look(log logrus.FieldLogger) {
	now := watch.Look(k.files.paths())
	if now.Same(k.seen) {
		return
	}
	k.seen = now
	c, err := k.files.read()
	if err == nil {
		k.is.Store(c)
		k.wrong.Store(nil)
		log.WithFields(logrus.Fields{"tokens": len(c.tokens), "certificate_expires": c.expires}).Info("credentials read again")
		return
	}
	text := err.Error()
	if was := k.wrong.Swap(&text); was == nil || *was != text {
		log.WithError(err).Error("credentials are wrong: those read before stay")
	}
}
