package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// measured makes a cell out of best rates and costs at 3,000/s.
func measured(server, scenario string, best []int, cost ...time.Duration) *cell {
	c := &cell{server: server, scenario: choose(scenario)[0]}
	for i := range best {
		c.samples = append(c.samples, sample{best: best[i], steady: map[int]steady{3000: {cost: cost[i], half: 2 * time.Millisecond}}})
	}
	return c
}

func TestTheReportHasMediansAndGoals(t *testing.T) {
	text := report([]*cell{
		measured("kea", "exchange", []int{4000, 5000, 3000}, 400*time.Microsecond, 500*time.Microsecond, 300*time.Microsecond),
		measured("stage6", "exchange", []int{9000, 100, 10000}, 150*time.Microsecond, 90*time.Microsecond, 250*time.Microsecond),
	})
	for _, want := range []string{
		"| exchange | kea | 4000 | 1.00 |",
		"| exchange | stage6 | 9000 | 2.25 |",
		"| exchange | kea | 3000 | 400 | - | 2.00 |",
		"| exchange | best rate against Kea's | at least 2.0 | 2.25 | reached |",
		"| exchange | processor time at 3000/s against Kea's | at most 0.5 | 0.38 | reached |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestBestRatesThatNobodyAskedForAreNotInTheReport(t *testing.T) {
	c := measured("stage6", "rapid", []int{0}, 80*time.Microsecond)
	c.samples[0].unsearched = true
	if text := report([]*cell{c}); strings.Contains(text, "Best rate") || !strings.Contains(text, "| rapid | stage6 | 3000 | 80 |") {
		t.Error(text)
	}
}

func TestAGoalThatIsMissedIsSaidToBe(t *testing.T) {
	text := report([]*cell{
		measured("coredhcp", "lookup", []int{9000}, 100*time.Microsecond),
		measured("stage6", "lookup", []int{8000}, 110*time.Microsecond),
	})
	if n := strings.Count(text, "**not reached**"); n != 2 {
		t.Errorf("%d goals are not reached in\n%s", n, text)
	}
}

func TestAMeasurementThatFailedIsInTheReport(t *testing.T) {
	c := measured("kea", "exchange", nil)
	c.failed = errors.New("the server ended:\nmany lines")
	text := report([]*cell{c})
	if !strings.Contains(text, "kea, exchange, failed after 0 runs: the server ended:") || strings.Contains(text, "many lines") {
		t.Error(text)
	}
}

func TestARackIsOneRow(t *testing.T) {
	c := &cell{server: "stage6", scenario: choose("rack")[0], samples: []sample{{rack: rack{Booted: 200, Took: 1500 * time.Millisecond}}}}
	if text := report([]*cell{c}); !strings.Contains(text, "| stage6 | 200 | 0 | 0 | 1.50 |") {
		t.Error(text)
	}
}

func TestKnownMachinesFollowEachOther(t *testing.T) {
	mac, address := known(0).machine(300)
	if mac.String() != "00:0c:01:00:01:2c" || address.String() != "2001:db8:1::2:0:12d" {
		t.Errorf("got %v %v", mac, address)
	}
	if got, want := known(1).lines(), "00:0c:01:00:00:00 2001:db8:1::2:0:1\n"; got != want {
		t.Errorf("got %q", got)
	}
	if got := strings.Count(known(3).reservations(), "hw-address"); got != 3 {
		t.Errorf("%d reservations", got)
	}
}

func TestTheCommandLineIsChecked(t *testing.T) {
	for _, args := range [][]string{{}, {"--servers", "nsd", "stage6"}, {"--scenarios", "flood", "stage6"}, {"--runs", "0", "stage6"}, {"--also", "1000,fast", "stage6"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q is no error", args)
		}
	}
	o, err := parse([]string{"--servers", "kea,stage6", "--scenarios", "rapid,rack", "--seconds", "2", "stage6"})
	if err != nil || len(o.scenarios) != 2 || o.probe != 2*time.Second {
		t.Errorf("got %+v, %v", o, err)
	}
	if !o.search || len(o.also) != 0 {
		t.Errorf("without flags for it: best rates %v, other rates %v", o.search, o.also)
	}
	if o, err := parse([]string{"--best=false", "--also", "1000,300", "stage6"}); err != nil || o.search || !slices.Equal(o.also, []int{1000, 300}) {
		t.Errorf("got %+v, %v", o, err)
	}
	if got := o.ladder(); got[0] != 3000 || got[1] != 1000 || got[2] != 333 {
		t.Errorf("ladder %v", got)
	}
}
