package integ

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestADamagedStoreIsNotEmptied cuts off the logs of a server that was killed: it
// does not start, and says what to do, until somebody decides to go on without what
// is lost.
func TestADamagedStoreIsNotEmptied(t *testing.T) {
	t.Parallel()
	dir := shortTempDir(t) + "/leases"
	c, s := newCrowdLab(t, 600, dir)
	c.bustleUntil(400, func() { s.stop(killed) })
	logs, err := filepath.Glob(dir + "/*.log")
	check(t, err)
	for _, log := range logs {
		check(t, os.Truncate(log, 0))
	}
	for range 2 {
		s.wantDamaged(dir)
	}
	out, err := s.ns.Run(labtest.Context(t), s.binary, "leases", "verify", "--config", s.config())
	if err == nil || !strings.Contains(out, "damaged") {
		t.Errorf("leases verify: %v, %s", err, out)
	}
	check(t, os.Remove(dir+"/acknowledged"))
	s.start()
	s.verify(labtest.Context(t))
}

// wantDamaged wants the server not to start, saying why and what to do.
func (s *server) wantDamaged(dir string) {
	s.t.Helper()
	process, err := s.ns.Spawn(nil, s.binary, "serve", "--config", s.config())
	check(s.t, err)
	if err := process.Wait(labtest.Context(s.t)); err == nil {
		s.t.Error("the server ended well")
	}
	for _, want := range []string{"damaged: commits 1 to ", "restore the directory from a backup", dir + "/acknowledged"} {
		if out := process.Output.String(); !strings.Contains(out, want) {
			s.t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}
