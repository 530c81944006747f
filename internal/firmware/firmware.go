// Package firmware knows the clients that boot from the network: what they say
// that they are. What firmware cannot bear in a reply, the server keeps from it.
package firmware

import (
	"bytes"

	"github.com/stage6/stage6/pipeline"
)

// Kind is what a client says that it boots by.
type Kind uint8

// The kinds of clients that boot.
const (
	// None is any other client, the second one inside UEFI firmware among them.
	None Kind = iota
	// PXE is the PXE client of UEFI firmware. It asks for parameters, but takes
	// the first one for the size of the program as a decimal number, and drops
	// an offer in which it is not.
	PXE
	// HTTP is the HTTP client of UEFI firmware. It drops an offer whose vendor
	// class is not HTTPClient.
	HTTP
	// IPXE is the boot loader iPXE, which says PXEClient, too.
	IPXE
)

// Client is a client that boots, or none.
type Client struct {
	Kind Kind
	// WantsClass says that the vendor class is HTTPClient, of this enterprise.
	WantsClass bool
	Enterprise uint32
}

// Of tells what the client is, by its user class, which only loaders have, its
// vendor class, and its architecture.
func Of(x *pipeline.Exchange) Client {
	kind := byVendorClass(x)
	switch {
	case isIPXE(x), kind != None && x.NumUserClasses() > 0:
		return Client{Kind: IPXE}
	case kind == HTTP:
		return Client{Kind: HTTP, WantsClass: true, Enterprise: x.VendorEnterprise()}
	case kind == None && x.NumUserClasses() == 0 && x.NumArchs() > 0:
		return Client{Kind: byArch(x.Arch(0))}
	}
	return Client{Kind: kind}
}

// isIPXE says whether the client has iPXE's user class.
func isIPXE(x *pipeline.Exchange) bool {
	for i := range x.NumUserClasses() {
		if bytes.Equal(x.UserClass(i), []byte("iPXE")) {
			return true
		}
	}
	return false
}

// byVendorClass gives PXE, HTTP or None.
func byVendorClass(x *pipeline.Exchange) Kind {
	for i := range x.NumVendorClasses() {
		switch c := x.VendorClass(i); {
		case bytes.HasPrefix(c, []byte("PXEClient")):
			return PXE
		case bytes.HasPrefix(c, []byte("HTTPClient")):
			return HTTP
		}
	}
	return None
}

// byArch gives how firmware of an architecture boots, for firmware without a
// vendor class.
func byArch(a pipeline.Arch) Kind {
	switch a {
	case 15, 16, 17, 18, 19, 20, 23, 24, 26, 28, 30, 38, 40:
		return HTTP
	}
	return PXE
}
