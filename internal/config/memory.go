package config

import "fmt"

// Memory is a number of octets of memory, or 0 for none.
type Memory int64

// The bounds of what is remembered of exchanges, and what is by default.
const (
	minHistory     = 1 << 20
	maxHistory     = 4 << 30
	defaultHistory = 16 << 20
)

// UnmarshalText reads 0, or a number with a unit, such as 16MiB.
func (m *Memory) UnmarshalText(text []byte) error {
	if string(text) == "0" {
		*m = 0
		return nil
	}
	var s Size
	if s.UnmarshalText(text) != nil || s < minHistory || s > maxHistory {
		return fmt.Errorf("%q: want a size from 1MiB to 4GiB, such as 16MiB, or 0 for none", text)
	}
	*m = Memory(s)
	return nil
}
