package integ

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestMachinesLiveWithTheServer is the short form of make longrun: some seconds of the
// hour. STAGE6_LONGRUN gives it another time, such as 10m.
func TestMachinesLiveWithTheServer(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		labtest.Skip(t, "network namespaces need root or a user namespace")
	}
	server, err := buildServer()
	check(t, err)
	machines := filepath.Join(t.TempDir(), "longrun")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", machines, "../bench/longrun").CombinedOutput(); err != nil {
		t.Fatalf("build the machines: %v\n%s", err, out)
	}
	duration := "20s"
	if asked := os.Getenv("STAGE6_LONGRUN"); asked != "" {
		duration = asked
	}
	out, err := exec.CommandContext(t.Context(), machines, "--duration", duration, "--machines", "60", "--valid", "18s",
		"--reload", "4s", "--sample", "1s", server).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
