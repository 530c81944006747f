package quota

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	defaultKeep      Share = 0.25
	defaultPerSender int   = 256 // more than a machine boots in a day, with all its clients
)

// byHosts is a PerSender of defaultPerSender once there are hosts.
const byHosts = -1

// Settings are what a configuration says of made-up clients.
type Settings struct {
	Keep      Share // of each pool, for known machines, once there are any
	PerSender int   // leases of one sender; 0: any number
}

// Default gives the settings of a configuration that says nothing.
func Default() Settings { return Settings{defaultKeep, byHosts} }

// Share is a part of a whole, written as a percentage.
type Share float64

// UnmarshalText reads a percentage such as 25%, to 90%: a pool is for others, too.
func (s *Share) UnmarshalText(text []byte) error {
	number, ok := strings.CutSuffix(string(text), "%")
	n, err := strconv.ParseUint(number, 10, 8)
	if !ok || err != nil || n > 90 {
		return fmt.Errorf("%q: want a percentage from 0%% to 90%%", text)
	}
	*s = Share(n) / 100
	return nil
}
