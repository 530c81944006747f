package main

import (
	"testing"
	"time"
)

// told is what perfdhcp 2.2 tells at its end.
const told = `***Rate statistics***
Rate: 499.5 4-way exchanges/second, expected rate: 500

***Statistics for: SOLICIT-ADVERTISE***
sent packets: 1000
received packets: 996
drops: 4
drops ratio: 0.4 %
orphans: 0
rejected leases: 0
non unique addresses: 0

min delay: 0.120 ms
avg delay: 1.5 ms
max delay: 20.250 ms
std deviation: 2.1 ms
collected packets: 0

***Statistics for: REQUEST-REPLY***
sent packets: 996
received packets: 0
drops: 996
drops ratio: 100 %

min delay: n/a
avg delay: min delay: n/a
max delay: n/a
`

func TestFiguresAreRead(t *testing.T) {
	f, err := parseFigures(told)
	if err != nil {
		t.Fatal(err)
	}
	want := exchanges{
		kind: "SOLICIT-ADVERTISE", sent: 1000, received: 996,
		least: 120 * time.Microsecond, mean: 1500 * time.Microsecond, most: 20250 * time.Microsecond,
	}
	if len(f) != 2 || f[0] != want || f[1].received != 0 || f[1].mean != 0 {
		t.Errorf("got %+v", f)
	}
	if got := f.lost(); got < 0.5 || got > 0.51 {
		t.Errorf("lost %v", got)
	}
	if !f.reached(1000, time.Second) || f.reached(2000, time.Second) {
		t.Error("1000 in a second are the rate of 1000, and not of 2000")
	}
	if _, err := parseFigures("perfdhcp: nothing"); err == nil {
		t.Error("nothing is no error")
	}
}

func TestMediansAreOfTheMiddle(t *testing.T) {
	r := median("stage6", "exchange", []sample{{best: 3, cost: 10}, {best: 1, cost: 30}, {best: 2, cost: 20}})
	if r.best != 2 || r.cost != 20 {
		t.Errorf("got %+v", r)
	}
}
