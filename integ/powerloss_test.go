package integ

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/faultdisk"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestWhatWasAcknowledgedOutlivesALossOfPower takes the power from a server and its
// disk at random moments under load: what was not synced is lost or torn, as chance
// has it, names of files, too.
func TestWhatWasAcknowledgedOutlivesALossOfPower(t *testing.T) {
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := faultdisk.New()
			c, s := newCrowdOn(t, disk, store)
			random, losses := chance(t), crashes(t, 10)
			for range losses {
				c.bustleUntil(1+random.IntN(300), func() { s.losePower(disk) })
				disk.Restore(random)
				s.verify(labtest.Context(t))
				for random.IntN(4) == 0 {
					s.dieStarting(random)
					disk.PowerLoss()
					disk.Restore(random)
				}
				s.start()
				s.wantAcknowledged(c)
			}
			t.Logf("%d losses of power, %d leases acknowledged, none lost, none held by two; %d syncs", losses, c.ledger.acknowledged(), disk.Syncs())
		})
	}
}

// losePower ends the disk first, so that nothing is acknowledged that it has not got.
func (s *server) losePower(disk *faultdisk.Disk) {
	disk.PowerLoss()
	s.stop(killed)
}

// newCrowdOn joins a crowd to a server that keeps its leases on a disk, which only
// the server sees.
func newCrowdOn(t *testing.T, disk *faultdisk.Disk, store string) (*crowd, *server) {
	t.Helper()
	ns := labtest.Namespace(t, "server")
	dir := mountDisk(t, ns, disk)
	return newCrowdBeside(t, ns, 600, strings.ReplaceAll(store, "$STORE", dir))
}

// mountDisk mounts a disk where a namespace sees it.
func mountDisk(t *testing.T, ns *netlab.Namespace, disk *faultdisk.Disk) (dir string) {
	t.Helper()
	dir = filepath.Join(shortTempDir(t), "disk")
	check(t, os.Mkdir(dir, 0o755))
	if err := ns.Mount(func() error { return disk.Mount(dir) }); err != nil {
		labtest.Skip(t, "no FUSE: "+err.Error())
	}
	return dir
}
