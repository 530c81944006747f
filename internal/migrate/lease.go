package migrate

import (
	"net/netip"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// Lease is one address or delegated prefix that another server has leased.
type Lease struct {
	Key              lease.Key
	Prefix           netip.Prefix // of an address as a /128
	State            lease.State
	Preferred, Valid time.Duration
	Until            time.Time // zero: for ever
	Updated          time.Time // zero: not known
	MAC              ident.MAC
	Hostname         string
	Origin           Origin
}

// LeaseSink takes what stands in files of leases.
type LeaseSink struct {
	Report *Report
	// Lease takes each lease once, as it is in the end: of what a file says
	// several times, the last.
	Lease func(Lease) error
	// ServerID takes the server's DUID, where the files have it.
	ServerID func(ident.DUID, Origin)
}
