package main

import (
	"errors"
	"testing"
)

// limited is a server that keeps every rate up to limit, and counts how often it was
// tried. flaky tries fail nevertheless.
type limited struct{ limit, tried, flaky int }

func (l *limited) try(rate int) (bool, error) {
	l.tried++
	if l.flaky > 0 && l.tried%l.flaky == 0 {
		return false, nil
	}
	return rate <= l.limit, nil
}

func TestTheBestRateIsFoundFromAnyBeginning(t *testing.T) {
	for _, start := range []int{10, 1000, 7777, 200000} {
		for _, limit := range []int{37, 1000, 8123, 54321} {
			l := &limited{limit: limit}
			got, err := search(start, 10, l.try)
			if err != nil || got > limit || float64(got) < 0.88*float64(limit) {
				t.Errorf("from %d: got %d, %v, want nearly %d", start, got, err, limit)
			}
			if l.tried > 45 {
				t.Errorf("from %d to %d: %d tries", start, limit, l.tried)
			}
		}
	}
}

func TestARateThatFailsOnceIsTriedAgain(t *testing.T) {
	l := &limited{limit: 8000, flaky: 3}
	if got, _ := search(3000, 10, l.try); got < 7000 || got > 8000 {
		t.Errorf("got %d", got)
	}
}

func TestALaterRunBeginsWhereTheFirstEnded(t *testing.T) {
	for _, limit := range []int{7000, 7900, 8000, 8100, 9000} {
		l := &limited{limit: limit}
		got, err := around(8000, 10, l.try)
		if err != nil || got > limit || float64(got) < 0.9*float64(limit) {
			t.Errorf("got %d, %v, want nearly %d", got, err, limit)
		}
		if l.tried > 12 {
			t.Errorf("%d tries", l.tried)
		}
	}
}

func TestAServerThatKeepsNothingHasNoBestRate(t *testing.T) {
	if got, err := search(1000, 10, (&limited{}).try); got != 0 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
	if got, err := around(1000, 10, (&limited{}).try); got != 0 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
}

func TestASearchEndsWithAnError(t *testing.T) {
	want := errors.New("the server ended")
	if _, err := search(1000, 10, func(int) (bool, error) { return false, want }); err != want {
		t.Errorf("got %v", err)
	}
}
