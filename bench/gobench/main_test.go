package main

import (
	"strings"
	"testing"
)

func TestBenchmarksBecomeATableOfMedians(t *testing.T) {
	const file = `goos: linux
pkg: github.com/stage6/stage6/internal/wire
BenchmarkDecode-2   	 1000000	      30.5 ns/op	       0 B/op	       0 allocs/op
BenchmarkDecode-2   	 1000000	      10.5 ns/op	       0 B/op	       0 allocs/op
BenchmarkDecode-2   	 1000000	      20.5 ns/op	       0 B/op	       0 allocs/op
PASS
pkg: github.com/stage6/stage6/plugins/pebble
BenchmarkCommit/of_64-2 	 100	 2000 ns/op	 350000 leases/s
`
	all, err := read(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	write(&got, all)
	const want = `| package | benchmark | ns/op | B/op | allocs/op | more |
| --- | --- | ---: | ---: | ---: | --- |
| internal/wire | Decode-2 | 20.5 | 0 | 0 |  |
| plugins/pebble | Commit/of_64-2 | 2000 |  |  | 350000 leases/s |
`
	if got.String() != want {
		t.Errorf("got\n%s", got.String())
	}
}

func TestABrokenValueIsAnError(t *testing.T) {
	if _, err := read(strings.NewReader("BenchmarkX 10 fast ns/op\n")); err == nil {
		t.Error("no error")
	}
}
