// Command machine says in Markdown on what machine figures are measured: date,
// processor, memory, kernel, versions, and how long the disk of a directory takes
// for one fdatasync, which is what a durable Reply waits for.
//
//	go run ./bench/machine DIRECTORY
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: machine DIRECTORY")
		os.Exit(2)
	}
	if err := tell(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "machine:", err)
		os.Exit(1)
	}
}

func tell(dir string) error {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return err
	}
	half, most, err := syncs(dir)
	if err != nil {
		return err
	}
	fmt.Printf("%s, stage6 %s.\n\n", time.Now().UTC().Format(time.DateOnly), commit())
	fmt.Printf("| what | |\n| --- | --- |\n")
	fmt.Printf("| processors | %d of %s |\n", runtime.NumCPU(), field("/proc/cpuinfo", "model name"))
	fmt.Printf("| memory | %s |\n", field("/proc/meminfo", "MemTotal"))
	fmt.Printf("| kernel | %s %s |\n", unix.ByteSliceToString(name.Sysname[:]), unix.ByteSliceToString(name.Release[:]))
	fmt.Printf("| Go | %s |\n", runtime.Version())
	fmt.Printf("| fdatasync of 4 KiB more | half within %.2f ms, all of %d within %.1f ms |\n", milliseconds(half), tries, milliseconds(most))
	return nil
}

// commit is that of the working tree, as far as git is there.
func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--tags", "--dirty").Output()
	if err != nil {
		return "of an unknown commit"
	}
	return strings.TrimSpace(string(out))
}

// field gives the first value of a name in a file of /proc.
func field(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

const tries = 200

// syncs appends to a file in a directory and makes that durable, again and again,
// and gives the median and the longest time of that.
func syncs(dir string) (half, most time.Duration, err error) {
	f, err := os.CreateTemp(dir, "sync-")
	if err != nil {
		return 0, 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var took []time.Duration
	for range tries {
		begin := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return 0, 0, err
		}
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			return 0, 0, err
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)-1], nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
