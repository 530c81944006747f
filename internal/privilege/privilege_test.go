package privilege

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

// childVariable makes the test program one that drops root and tells.
const childVariable = "STAGE6_TEST_DROP"

func TestMain(m *testing.M) {
	if name := os.Getenv(childVariable); name != "" {
		if err := dropAndTell(name); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// dropAndTell drops to a user, or with "-" to nobody else, and prints what it
// still may.
func dropAndTell(name string) error {
	var u *User
	if name != "-" {
		found, ok, err := Lookup(name)
		if err != nil || !ok {
			return fmt.Errorf("%q: found %t, %v", name, ok, err)
		}
		u = &found
	}
	if err := Drop(u, NetBindService, NetRaw); err != nil {
		return err
	}
	kept := Missing(NetRaw) == nil
	if err := errors.Join(GiveUp(NetRaw), GiveUp(NetAdmin)); err != nil || !kept {
		return fmt.Errorf("kept %t, then %v", kept, err)
	}
	groups, _ := unix.Getgroups()
	noNew, _ := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	fmt.Printf("uid %d gid %d groups %v missing %v no-new-privs %d\n", unix.Geteuid(), unix.Getegid(), groups, Missing(NetBindService, NetRaw, NetAdmin), noNew)
	return nil
}

func drop(t *testing.T, name string) string {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+name)
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestRootBecomesAnotherUserAndKeepsOnlyWhatItNeeds(t *testing.T) {
	if !IsRoot() {
		labtest.Skip(t, "needs root to give it up")
	}
	u, ok, err := Lookup("nobody")
	if err != nil || !ok {
		t.Fatalf("user nobody: %t, %v", ok, err)
	}
	want := fmt.Sprintf("uid %d gid %d groups [%d] missing [cap_net_raw cap_net_admin] no-new-privs 1", u.UID, u.GID, u.GID)
	if got := drop(t, "nobody"); got != want && got != strings.Replace(want, fmt.Sprintf("[%d]", u.GID), "[]", 1) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRootThatStaysLosesItsRights(t *testing.T) {
	if !IsRoot() {
		labtest.Skip(t, "needs root to give it up")
	}
	if got := drop(t, "-"); !strings.HasPrefix(got, "uid 0 ") || !strings.HasSuffix(got, "missing [cap_net_raw cap_net_admin] no-new-privs 1") {
		t.Errorf("got %s", got)
	}
}

func TestLookupOfNobodyKnown(t *testing.T) {
	if _, ok, err := Lookup("no-such-user-here"); ok || err != nil {
		t.Errorf("got %t, %v", ok, err)
	}
}
