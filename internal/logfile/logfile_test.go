package logfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// open opens a file in a directory of the test's own.
func open(t *testing.T, o Options) (*File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log")
	f, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, path
}

func write(t *testing.T, f *File, line string) {
	t.Helper()
	if n, err := f.Write([]byte(line + "\n")); err != nil || n != len(line)+1 {
		t.Fatalf("%d octets, %v", n, err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

func TestAFileIsAppendedTo(t *testing.T) {
	f, path := open(t, Options{})
	write(t, f, "a")
	f.Close()
	write(t, f, "b") // opens it again
	if got := content(t, path); got != "a b" {
		t.Errorf("got %q", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestAFileThatWasMovedIsMadeAnew(t *testing.T) {
	for name, move := range map[string]func(path string) error{
		"renamed": func(p string) error { return os.Rename(p, p+"-2026") },
		"removed": os.Remove,
		"replaced": func(p string) error {
			if err := os.Rename(p, p+"-2026"); err != nil {
				return err
			}
			return os.WriteFile(p, nil, 0o600)
		},
		"truncated": func(p string) error { return os.Truncate(p, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			f, path := open(t, Options{})
			write(t, f, "before")
			if err := move(path); err != nil {
				t.Fatal(err)
			}
			write(t, f, "after")
			if got := content(t, path); got != "after" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestALargeFileIsFollowedByAnotherOne(t *testing.T) {
	f, path := open(t, Options{MaxSize: 10, Keep: 2})
	for _, line := range []string{"aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff", "gggg"} {
		write(t, f, line)
	}
	for suffix, want := range map[string]string{"": "gggg", ".1": "eeee ffff", ".2": "cccc dddd"} {
		if got := content(t, path+suffix); got != want {
			t.Errorf("in %q stands %q, want %q", suffix, got, want)
		}
	}
	if _, err := os.Stat(path + ".3"); err == nil {
		t.Error("a third one is kept")
	}
}

func TestALineThatIsLongerThanAFileMayBeIsWritten(t *testing.T) {
	f, path := open(t, Options{MaxSize: 2, Keep: 1})
	write(t, f, "long")
	if got := content(t, path); got != "long" {
		t.Errorf("got %q", got)
	}
}

func TestAHalfLineIsEnded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("whole\nha"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	write(t, f, "next")
	if got := content(t, path); got != "whole ha next" {
		t.Errorf("got %q", got)
	}
}

// TestWhatDoesNotFitIsTakenBack has a bound of file sizes in the place of a full
// disk.
func TestWhatDoesNotFitIsTakenBack(t *testing.T) {
	f, path := open(t, Options{})
	write(t, f, "fits")
	limit(t, 8)
	if n, err := f.Write([]byte("does not\n")); err == nil || n != 0 {
		t.Errorf("%d octets, %v", n, err)
	}
	limit(t, unix.RLIM_INFINITY)
	write(t, f, "fits again")
	if got := content(t, path); got != "fits fits again" {
		t.Errorf("got %q", got)
	}
}

func limit(t *testing.T, octets uint64) {
	t.Helper()
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: min(octets, was.Max), Max: was.Max}); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNoFileIsRefused(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"a pipe":          func(p string) error { return unix.Mkfifo(p, 0o600) },
		"a device":        func(p string) error { return os.Symlink("/dev/null", p) },
		"a directory":     func(p string) error { return os.Mkdir(p, 0o700) },
		"a symbolic link": func(p string) error { return os.Symlink("elsewhere", p) },
		"in no directory": func(p string) error { return os.Remove(filepath.Dir(p)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			if err := make(path); err != nil {
				t.Fatal(err)
			}
			if f, err := Open(path, Options{}); err == nil {
				f.Close()
				t.Error("it was opened")
			} else if !strings.Contains(err.Error(), path) {
				t.Errorf("%v does not name it", err)
			}
		})
	}
}
