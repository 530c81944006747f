package strict_test

import (
	"testing"
	"time"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/lease"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0":           0,
		"0s":          0,
		"250ms":       250 * time.Millisecond,
		"90s":         90 * time.Second,
		"1h30m":       90 * time.Minute,
		"7d":          7 * 24 * time.Hour,
		"1w1d":        8 * 24 * time.Hour,
		"4294967294s": 4294967294 * time.Second,
		"infinity":    lease.Infinity,
	} {
		if got, err := strict.ParseDuration(text); err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestParseDurationRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                 "",
		"a unit alone":            "h",
		"a negative time":         "-1h",
		"a fraction":              "1.5h",
		"a space":                 "1 h",
		"a unit in capitals":      "1H",
		"another spelling":        "Infinity",
		"more than 64 bits":       "99999999999999999999h",
		"a sum beyond 32 bits":    "4294967294s1s",
		"a product beyond 64 bit": "9223372036854775807w",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := strict.ParseDuration(text); err == nil {
				t.Errorf("%q: got %v, want an error", text, got)
			}
		})
	}
}
