package config

import (
	"fmt"
	"slices"
	"strings"
)

// LogLevel is the least important thing that is logged: error, warn, info,
// debug or trace.
type LogLevel string

// UnmarshalText reads a level.
func (l *LogLevel) UnmarshalText(text []byte) error {
	return choose(l, string(text), "error", "warn", "info", "debug", "trace")
}

// LogFormat is text or json.
type LogFormat string

// UnmarshalText reads a format.
func (f *LogFormat) UnmarshalText(text []byte) error {
	return choose(f, string(text), "text", "json")
}

// choose sets into to text if that is one of the choices.
func choose[T ~string](into *T, text string, choices ...string) error {
	if !slices.Contains(choices, text) {
		last := len(choices) - 1
		return fmt.Errorf("%q: want %s or %s", text, strings.Join(choices[:last], ", "), choices[last])
	}
	*into = T(text)
	return nil
}
