package api_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http/httptest"
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/api"
	handlers "github.com/stage6/stage6/internal/api"
)

// server is a server with two leases, in pages of one.
type server struct{ handlers.Backend }

func (server) Leases(q api.LeaseQuery) (api.LeasePage, error) {
	if q.After == "" {
		return api.LeasePage{Leases: []api.Lease{{Prefix: netip.MustParsePrefix("2001:db8:10::101/128"), Host: "web01", DUID: "\x00\x03\x01"}}, Next: "1"}, nil
	}
	return api.LeasePage{Leases: []api.Lease{{Prefix: netip.MustParsePrefix("2001:db8:10::102/128"), Host: "web02", DUID: "\x00\x03\x02"}}}, nil
}

func ExampleClient_AllLeases() {
	s := httptest.NewTLSServer(handlers.NewRemoteHandler(server{}, prometheus.NewRegistry(), gate{}))
	defer s.Close()
	fingerprint := fmt.Sprintf("%x", sha256.Sum256(s.Certificate().Raw))

	c, err := api.NewClient(s.URL, api.WithToken("reader"), api.WithPin(fingerprint))
	if err != nil {
		fmt.Println(err)
		return
	}
	for lease, err := range c.AllLeases(context.Background(), api.LeaseQuery{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(lease.Host, lease.Prefix.Addr())
	}
	// Output:
	// web01 2001:db8:10::101
	// web02 2001:db8:10::102
}
