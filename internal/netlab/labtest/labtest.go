// Package labtest makes the laboratory of package netlab easy to use in tests.
package labtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/netlab"
)

// RequireVariable is the environment variable that, when "1", turns a skip for
// want of privilege or of a program into a failure. CI sets it.
const RequireVariable = "STAGE6_TEST_REQUIRE"

// Bound is how long a test waits for one event. It is generous: it only decides
// how long a broken test takes.
const Bound = 60 * time.Second

// Main runs the tests of a package, in a user namespace when the caller is not
// root, then calls after. TestMain should do nothing else than call it.
func Main(m *testing.M, after ...func()) {
	if err := netlab.Enter(); err != nil {
		fmt.Fprintln(os.Stderr, "tests that need namespaces will skip:", err)
	}
	code := m.Run()
	for _, f := range after {
		f()
	}
	os.Exit(code)
}

// Namespace makes a namespace that lasts as long as the test. The test skips
// where none can be made.
func Namespace(t testing.TB, name string) *netlab.Namespace {
	t.Helper()
	if os.Geteuid() != 0 {
		Skip(t, "network namespaces need root or a user namespace")
	}
	ns, err := netlab.Open(name)
	if err != nil {
		Skip(t, err.Error())
	}
	t.Cleanup(func() { ns.Close() })
	return ns
}

// Program returns the path of a program. The test skips where it is missing.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Skip(t, fmt.Sprintf("program missing, see scripts/install-packages: %v", err))
	}
	return path
}

// Skip skips the test for a reason, or fails it where everything is required.
func Skip(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv(RequireVariable) == "1" {
		t.Fatalf("%s=1, but: %s", RequireVariable, reason)
	}
	t.Skip(reason)
}

// Context is the test's context, bounded by Bound.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeoutCause(t.Context(), Bound, fmt.Errorf("nothing for %v", Bound))
	t.Cleanup(cancel)
	return ctx
}
