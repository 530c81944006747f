// Package stage names where a machine is in its boot.
package stage

import "fmt"

// Stage is where a machine is in its boot. The zero value is not yet known.
type Stage uint8

// The stages, in the order in which a machine goes through them.
const (
	Unknown Stage = iota
	Firmware
	Loader
	Installer
	Final
)

var names = [...]string{"unknown", "firmware", "loader", "installer", "final"}

// String gives the stage's name in lower case.
func (s Stage) String() string {
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("stage(%d)", uint8(s))
}

// MarshalText gives the form of String.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the form of String.
func (s *Stage) UnmarshalText(text []byte) error {
	for i, n := range names {
		if n == string(text) {
			*s = Stage(i)
			return nil
		}
	}
	return fmt.Errorf("stage %q: want firmware, loader, installer or final", text)
}
