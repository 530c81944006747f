// Package switchports is a source of identity for stage6: a CSV file says which
// machine is plugged into which port of a switch, and the switch, as a relay agent,
// says in its Interface-Id (RFC 9915 section 21.18) from which port a message came.
package switchports

import (
	"context"
	"os"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the source. Its name under identify is switchports.
var Plugin = pipeline.DefineSource("switchports", newSource)

// lookEvery is how often the file is looked at.
const lookEvery = 2 * time.Second

// config is what stands beside the name.
type config struct {
	File string `config:"required"` // relative to the configuration file
}

// source knows the machines at ports. Find is called by several goroutines while
// Run replaces the table.
type source struct {
	path  string
	log   *logrus.Entry
	table atomic.Pointer[table]
	seen  os.FileInfo // the file as it was read last; of Run
}

// newSource reads the file: one that is wrong keeps the server from starting.
func newSource(c config, env pipeline.Env) (pipeline.Source, error) {
	s := &source{path: env.Path(c.File), log: env.Log}
	return s, s.read()
}

// read reads the file.
func (s *source) read() error {
	file, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer file.Close()
	if s.seen, err = file.Stat(); err != nil {
		return err
	}
	t, err := parse(s.path, file)
	if err == nil {
		s.table.Store(&t)
	}
	return err
}

// Find gives the MAC of the machine at the port that the relay agent names. It is as
// trustworthy as the relay agent.
func (s *source) Find(x *pipeline.Exchange) (ident.Evidence, bool) {
	for i := range x.NumRelays() {
		r := x.Relay(i)
		if len(r.InterfaceID) == 0 {
			continue
		}
		mac, ok := (*s.table.Load())[string(r.InterfaceID)]
		return ident.Evidence{Kind: ident.EvidenceMAC, MAC: mac, Trusted: r.Trusted}, ok
	}
	return ident.Evidence{}, false
}

// Run reads the file again when it has changed. While it is wrong, what was read
// before stands.
func (s *source) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.look()
		}
	}
}

// look reads the file again if it is another one than before.
func (s *source) look() {
	is, err := os.Stat(s.path)
	if err == nil && is.ModTime().Equal(s.seen.ModTime()) && is.Size() == s.seen.Size() {
		return
	}
	if err == nil {
		err = s.read()
	}
	if err != nil {
		s.log.WithError(err).Warn("the file cannot be read: what it said before stands")
		return
	}
	s.log.WithField("ports", len(*s.table.Load())).Info("the file was read again")
}
