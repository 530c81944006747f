package pebble

import (
	"os"
	"path/filepath"
	"testing"
)

func TestALogHasItsLengthSoThatASyncNeedNotWriteIt(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	length := func() int64 {
		mustCommit(t, s, created(number(1))...)
		logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
		if err != nil || len(logs) != 1 {
			t.Fatalf("logs %q (%v), want one", logs, err)
		}
		info, err := os.Stat(logs[0])
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	length() // which begins the log
	before := length()
	if after := length(); before < memTableSize || after != before {
		t.Errorf("the log has %d octets and after another commit %d, want no change, and at least %d", before, after, memTableSize)
	}
}
