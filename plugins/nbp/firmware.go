package nbp

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/pipeline"
)

// kind is what a client says that it boots by.
type kind uint8

const (
	// pxe is the PXE client of UEFI firmware. It asks for parameters, but takes
	// the first one for the size of the program as a decimal number, and drops
	// an offer in which it is not.
	pxe kind = iota + 1
	// http is the HTTP client of UEFI firmware. It drops an offer whose vendor
	// class is not HTTPClient.
	http
)

// firmware is a client that is firmware, or of no kind.
type firmware struct {
	kind       kind
	enterprise uint32
}

// firmwareOf reads the client's vendor class. iPXE says PXEClient too, beside
// its user class.
func firmwareOf(x *pipeline.Exchange) firmware {
	const header = 4 + 2 // enterprise number and length of the first class
	class, ok := x.ClientOption(dhcpv6.OptionVendorClass)
	if !ok || len(class) < header {
		return firmware{}
	}
	if _, ok := x.ClientOption(dhcpv6.OptionUserClass); ok {
		return firmware{}
	}
	f := firmware{enterprise: binary.BigEndian.Uint32(class)}
	switch text := class[header:]; {
	case bytes.HasPrefix(text, []byte("PXEClient")):
		f.kind = pxe
	case bytes.HasPrefix(text, []byte("HTTPClient")):
		f.kind = http
	}
	return f
}

// intel is the enterprise that EDK2 names, and firmware made of it.
const intel = 343

// overHTTP says whether the HTTP client of firmware can load a URL.
func overHTTP(url string) bool {
	url = strings.ToLower(url)
	return strings.HasPrefix(url, "http://") || strings.HasPrefix(url, "https://")
}

// classFor gives the vendor class that answers an HTTP client.
func (c config) classFor(enterprise uint32) (*pipeline.Option, error) {
	if enterprise == intel {
		return c.class, nil
	}
	return httpClass(enterprise)
}

// httpClass makes the option: HTTPClient, behind its length.
func httpClass(enterprise uint32) (*pipeline.Option, error) {
	data := binary.BigEndian.AppendUint32(nil, enterprise)
	return pipeline.NewOption(dhcpv6.OptionVendorClass, append(data, "\x00\x0aHTTPClient"...))
}
