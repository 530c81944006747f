package dnsmasq

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/stage6/stage6/internal/migrate/migratetest"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// dnsmasq gives the path of the real one.
func dnsmasq(t *testing.T) string {
	t.Helper()
	return labtest.Program(t, "dnsmasq")
}

// taken lets dnsmasq read a configuration in the folder that the test is in.
func taken(t *testing.T, name string) {
	t.Helper()
	if out, err := exec.Command(dnsmasq(t), "--test", "--conf-file="+name).CombinedOutput(); err != nil {
		t.Errorf("dnsmasq does not take it: %v: %s", err, out)
	}
}

// TestTheInputsAreThoseOfTheRealOne has dnsmasq read what the import is tested
// with, but for the archive with mistakes.
func TestTheInputsAreThoseOfTheRealOne(t *testing.T) {
	for _, name := range []string{"block", "deploy", "order", "full"} {
		t.Run(name, func(t *testing.T) {
			archive, err := txtar.ParseFile("testdata/" + name + ".txtar")
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			taken(t, migratetest.Unpack(t, archive))
		})
	}
}

func TestTheRealOneTakesWhatIsExported(t *testing.T) {
	name := filepath.Join(t.TempDir(), "hosts.conf")
	if err := os.WriteFile(name, migratetest.Exported(t, Format(), migratetest.Hosts(holds)), 0o600); err != nil {
		t.Fatal(err)
	}
	taken(t, name)
}
