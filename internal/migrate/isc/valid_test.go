package isc

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/stage6/stage6/internal/migrate/migratetest"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestDhcpdTakesTheConfigurations has dhcpd itself check what is imported in the
// tests, so that they test what there is.
func TestDhcpdTakesTheConfigurations(t *testing.T) {
	program := labtest.Program(t, "dhcpd")
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives (%v)", err)
	}
	for _, name := range files {
		if filepath.Base(name) == "ipv4.txtar" {
			continue // dhcpd -6 refuses subnets of IPv4
		}
		t.Run(filepath.Base(name), func(t *testing.T) { checkWith(t, program, name) })
	}
}

func checkWith(t *testing.T, program, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	first := migratetest.Unpack(t, archive)
	if err := os.WriteFile("leases", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, "-6", "-t", "-cf", first, "-lf", "leases").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
