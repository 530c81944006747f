package strict

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/stage6/stage6/lease"
)

var units = [...]struct {
	name string
	unit time.Duration
}{
	{"ms", time.Millisecond},
	{"w", 7 * 24 * time.Hour},
	{"d", 24 * time.Hour},
	{"h", time.Hour},
	{"m", time.Minute},
	{"s", time.Second},
}

// ParseDuration reads a time such as 12h, 7d or 1h30m, of the units w, d, h, m,
// s and ms, or infinity, which is lease.Infinity. Lifetimes are seconds in 32
// bits on the wire, so a longer finite time than 0xfffffffe seconds is an error.
func ParseDuration(text string) (time.Duration, error) { return parseDuration(text, "") }

// parseDuration is ParseDuration for a setting with a bound, which errors name
// in place of infinity, unless it is empty.
func parseDuration(text, most string) (time.Duration, error) {
	switch text {
	case "infinity":
		return lease.Infinity, nil
	case "0":
		return 0, nil
	}
	if _, err := strconv.ParseUint(text, 10, 64); err == nil {
		return 0, fmt.Errorf("%q has no unit, write %ss for seconds", text, text)
	}
	var sum time.Duration
	for rest := text; ; {
		part, after, ok := cutUnit(rest)
		if !ok {
			return 0, notATime(text, most)
		}
		if sum += part; part >= lease.Infinity || sum >= lease.Infinity {
			return 0, tooLong(text, most)
		}
		if rest = after; rest == "" {
			return sum, nil
		}
	}
}

func notATime(text, most string) error {
	if most != "" {
		return fmt.Errorf("%q is not a time, want one such as 90s, 12h, 7d or 1h30m, of at most %s", text, most)
	}
	return fmt.Errorf("%q is not a time, want one such as 90s, 12h, 7d, 1h30m or infinity", text)
}

func tooLong(text, most string) error {
	if most != "" {
		return fmt.Errorf("%q is too long, want at most %s", text, most)
	}
	return fmt.Errorf("%q is too long, want less than %ds, or infinity", text, int64(lease.Infinity/time.Second))
}

// cutUnit reads a number with its unit from the beginning of text. A product
// beyond lease.Infinity is given as that.
func cutUnit(text string) (time.Duration, string, bool) {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	if digits == 0 {
		return 0, "", false
	}
	count, err := strconv.ParseInt(text[:digits], 10, 64)
	for _, u := range units {
		if rest, ok := strings.CutPrefix(text[digits:], u.name); ok {
			if err != nil || count > int64(lease.Infinity/u.unit) {
				return lease.Infinity, rest, true
			}
			return time.Duration(count) * u.unit, rest, true
		}
	}
	return 0, "", false
}
