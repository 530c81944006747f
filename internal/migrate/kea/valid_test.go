package kea

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/stage6/stage6/internal/migrate/migratetest"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestKeaTakesTheConfigurations has kea-dhcp6 itself check what is imported in the
// tests, so that they test what there is.
func TestKeaTakesTheConfigurations(t *testing.T) {
	program := labtest.Program(t, "kea-dhcp6")
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives (%v)", err)
	}
	for _, name := range files {
		if slices.Contains([]string{"old-forms.txtar", "hooks.txtar"}, filepath.Base(name)) {
			continue // what is wrong is repaired, and Debian has no hooks
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
	useLoopback(t, first)
	if out, err := exec.Command(program, "-t", first).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// useLoopback puts an interface that is there into the place of others: Kea
// wants to see them.
func useLoopback(t *testing.T, name string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	there := strings.NewReplacer(`"eth1/2001:db8::1"`, `"lo/::1"`, `"eth0"`, `"lo"`, `"eth1"`, `"lo"`).Replace(string(data))
	if err := os.WriteFile(name, []byte(there), 0o600); err != nil {
		t.Fatal(err)
	}
}
