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

func TestFiguresOfPerfdhcpAreRead(t *testing.T) {
	f, err := parseFigures(told)
	if err != nil {
		t.Fatal(err)
	}
	want := exchanges{kind: "SOLICIT-ADVERTISE", sent: 1000, received: 996}
	if len(f.exchanges) != 2 || f.exchanges[0] != want || f.exchanges[1].received != 0 {
		t.Errorf("got %+v", f)
	}
	if got := f.lost(); got < 0.5 || got > 0.51 {
		t.Errorf("lost %v", got)
	}
	if _, err := parseFigures("perfdhcp: nothing"); err == nil {
		t.Error("nothing is no error")
	}
}

func TestARateIsKept(t *testing.T) {
	for _, test := range []struct {
		name           string
		sent, received int
		want           bool
	}{
		{"when all is answered", 10000, 10000, true},
		{"when hardly anything is lost", 10000, 9951, true},
		{"not when half a percent is lost", 10000, 9950, false},
		{"not when the clients could not ask so fast", 9000, 9000, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := figures{exchanges: []exchanges{{sent: test.sent, received: test.received}}}
			if got := f.kept(2000, 5*time.Second); got != test.want {
				t.Errorf("kept: %v", got)
			}
		})
	}
}

func TestFilesOfTheKernelAreRead(t *testing.T) {
	const status = "Name:\tstage6\nVmPeak:\t  900 kB\nVmHWM:\t   44321 kB\nVmRSS:\t  100 kB\n"
	if got, err := parseCount(status, "VmHWM"); got != 44321 || err != nil {
		t.Errorf("peak: %v, %v", got, err)
	}
	if _, err := parseCount("Name:\tstage6\n", "VmHWM"); err == nil {
		t.Error("a status without a peak is no error")
	}
	const queues = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 1: 000002FF000000000000000002000100:0223 00000000000000000000000000000000:0000 07 00000000:00000A00 00:00000000 00000000     0        0 1 2 0 0
 2: B80D0120000001000000000001000000:0223 00000000000000000000000000000000:0000 07 00000000:00000002 00:00000000 00000000     0        0 2 2 0 0
 3: B80D0120000001000000000001000000:0035 00000000000000000000000000000000:0000 07 00000000:0000FFFF 00:00000000 00000000     0        0 3 2 0 0
`
	if got, err := parseQueues(queues); got != 0xa02 || err != nil {
		t.Errorf("queues: %v, %v", got, err)
	}
	const stat = "cpu  100 0 50 1000 20 0 5 0 0 0\ncpu0 1 2 3 4 5\n"
	if got, err := parseIdle(stat); got != 10200*time.Millisecond || err != nil {
		t.Errorf("idle: %v, %v", got, err)
	}
}
