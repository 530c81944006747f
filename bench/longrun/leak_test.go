package main

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// samplesOf makes samples of an hour, one each ten seconds, that take what a function
// says.
func samplesOf(count int, takes func(i int) float64) (out []sample) {
	for i := range count {
		v := takes(i)
		out = append(out, sample{At: time.Duration(i) * 10 * time.Second, Resident: v * (1 << 20), Heap: v * (1 << 20), Goroutines: v, Descriptors: v, Bindings: v})
	}
	return out
}

func TestALeakIsToldFromAStartAndFromNoise(t *testing.T) {
	noise := rand.New(rand.NewPCG(1, 1))
	for name, c := range map[string]struct {
		count int
		takes func(i int) float64
		leak  bool
	}{
		"what stays":                       {360, func(int) float64 { return 50 }, false},
		"what moves":                       {360, func(int) float64 { return 50 + 5*noise.Float64() }, false},
		"what grows at the start":          {360, func(i int) float64 { return 100 - 60*math.Exp(-float64(i)/40) }, false},
		"what grows all the time":          {360, func(i int) float64 { return 50 + float64(i)/4 }, true},
		"what grows and moves":             {360, func(i int) float64 { return 50 + float64(i)/4 + 5*noise.Float64() }, true},
		"what grows in the end":            {360, func(i int) float64 { return 50 + float64(max(0, i-260)) }, true},
		"what grows once":                  {360, func(i int) float64 { return 50 + 20*float64(i/300) }, false},
		"what grows in steps":              {360, func(i int) float64 { return 50 + 10*float64(i/30) }, true},
		"what shrinks":                     {360, func(i int) float64 { return 100 - float64(i)/10 }, false},
		"what has run too short to be one": {int(judged/time.Second) / 10, func(i int) float64 { return 50 + float64(i) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, g := range growths(samplesOf(c.count, c.takes)) {
				if g.Leak != (c.leak && !strings.HasPrefix(g.Name, "bindings")) {
					t.Errorf("%s: leak %v, want %v: %+v", g.Name, g.Leak, c.leak, g)
				}
			}
		})
	}
}

func TestTheSlopeIsThatOfTheSecondHalf(t *testing.T) {
	got := growths(samplesOf(361, func(i int) float64 { return float64(max(0, i-180)) }))[2].PerHour
	if math.Abs(got-360) > 1 {
		t.Errorf("got %v an hour, want 360", got)
	}
}
