package pebble

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// childDirectory makes the test binary a process that commits into that
// directory until it is killed.
const childDirectory = "STAGE6_TEST_COMMIT_INTO"

func commitUntilKilled(dir string) {
	s, err := Open(dir, Options{})
	for n := 1; err == nil; n++ {
		if err = s.Commit(context.Background(), created(number(n))); err == nil {
			_, err = fmt.Println(n)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func TestAKilledProcessLosesNothing(t *testing.T) {
	for _, atLeast := range []int{1, 40, 300} {
		t.Run(fmt.Sprintf("after %d commits", atLeast), func(t *testing.T) {
			dir := t.TempDir()
			told := killAfter(t, dir, atLeast)
			got := loaded(t, mustOpen(t, dir, Options{}))
			for n := 1; n <= told; n++ {
				if got[number(n).Key] == nil {
					t.Fatalf("%d of %d that were committed is lost", n, told)
				}
			}
			if len(got) > told+1 {
				t.Errorf("%d bindings, want at most %d", len(got), told+1)
			}
		})
	}
}

// killAfter kills a committing process once it has told of some commits, and
// gives the last that it told of.
func killAfter(t *testing.T, dir string, atLeast int) (told int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDirectory+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, err := fmt.Sscan(lines.Text(), &told); err != nil {
			t.Fatalf("the process said %q", lines.Text())
		}
		if told == atLeast {
			_, err := Open(dir, Options{})
			wantError(t, err, "in use by another process")
			_ = cmd.Process.Kill()
		}
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != -1 || told < atLeast {
		t.Fatalf("the process ended by itself after %d commits: %v", told, err)
	}
	return told
}
