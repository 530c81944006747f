package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/bench/stalls"
	"github.com/stage6/stage6/internal/netlab/tap"
)

// TestMain lets the tests' program be the one that looks for stalls.
func TestMain(m *testing.M) {
	stalls.BeOther(os.Args[1:])
	os.Exit(m.Run())
}

var begin = time.Unix(1_700_000_000, 0)

func at(ms int) time.Time { return begin.Add(time.Duration(ms) * time.Millisecond) }

// solicit is that of the nth client at a time.
func solicit(n byte, ms int) tap.Frame {
	return tap.Frame{At: at(ms), Payload: []byte{byte(dhcpv6.MessageTypeSolicit), 0, 0, n}}
}

// advertise answers it with an address.
func advertise(n byte, ms int) tap.Frame {
	ia := append([]byte{0, 3, 0, 40, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 24}, make([]byte, 24)...)
	return tap.Frame{At: at(ms), Sent: true, Payload: append([]byte{byte(dhcpv6.MessageTypeAdvertise), 0, 0, n}, ia...)}
}

// refuse answers it with nothing.
func refuse(n byte, ms int) tap.Frame {
	return tap.Frame{At: at(ms), Sent: true, Payload: []byte{byte(dhcpv6.MessageTypeAdvertise), 0, 0, n}}
}

func TestAnswersAreTimedWhileTheMachineRuns(t *testing.T) {
	t.Parallel()
	frames := []tap.Frame{
		solicit(1, 0), advertise(1, 3),
		solicit(2, 10), solicit(3, 12), advertise(3, 13), advertise(2, 11),
		solicit(4, 20), advertise(4, 50),
		solicit(5, 60), refuse(5, 61),
		solicit(6, 70),
	}
	short := stalls.Stall{From: at(10), Until: at(10).Add(tolerated - time.Nanosecond)}
	d, err := delaysOf(frames, []stalls.Stall{short, {From: at(45), Until: at(49)}, {From: at(80), Until: at(82)}}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	const want = "3 answers, 2 lost; median 1ms, 99 % 3ms, longest 3ms; " +
		"the machine stood still 3 times in 1m0s, for 4ms at most, beside 1 answers that took 30ms at most"
	if got := d.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWhatIsNotDHCPv6IsAnError(t *testing.T) {
	t.Parallel()
	if _, err := delaysOf([]tap.Frame{{Payload: []byte{1}}}, nil, time.Second); err == nil || !strings.Contains(err.Error(), "on the probe's cable") {
		t.Errorf("got %v", err)
	}
}
