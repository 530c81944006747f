package simulate

import (
	"encoding/binary"
	"fmt"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/internal/wire"
)

// status is what a server says of a message or an identity association (RFC 9915
// section 21.13).
type status struct {
	code iana.StatusCode
	text string // for people, if the server wrote any
}

// statusIn gives the status of an area of options; without one it is Success.
func statusIn(options wire.Options) (s status) {
	if data, _ := options.Get(uint16(dhcpv6.OptionStatusCode)); len(data) >= 2 {
		s = status{iana.StatusCode(binary.BigEndian.Uint16(data)), string(data[2:])}
	}
	return s
}

func (s status) ok() bool { return s.code == iana.StatusSuccess }

// String gives the code, and in quotes what the server wrote for people.
func (s status) String() string {
	if s.text == "" {
		return s.code.String()
	}
	return fmt.Sprintf("%s %q", s.code, s.text)
}
