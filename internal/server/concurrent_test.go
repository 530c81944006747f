package server_test

import (
	"context"
	"encoding/binary"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// TestWorkersNeverGrantOneAddressTwice lets several workers, as many sockets
// have them, serve clients that all want the address of one pool of 256.
func TestWorkersNeverGrantOneAddressTwice(t *testing.T) {
	const workers, clients = 4, 100
	srv, table := assemble(t, filepath.Join("testdata", "hostile"))
	var (
		group  sync.WaitGroup
		mu     sync.Mutex
		holder = map[netip.Addr]uint32{}
	)
	for n := range workers {
		group.Go(func() {
			w := srv.NewWorker()
			for i := range clients {
				client := uint32(n*clients + i)
				addr, ok := acquire(t, w, client)
				if !ok {
					continue // the pool is full
				}
				mu.Lock()
				if other, taken := holder[addr]; taken {
					t.Errorf("%s is granted to %d and to %d", addr, other, client)
				}
				holder[addr] = client
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if len(holder) != 256 {
		t.Errorf("%d addresses are granted, want all 256", len(holder))
	}
	for _, err := range table.Check() {
		t.Error(err)
	}
}

// acquire sends Solicit and Request of a client and gives the address that it
// is granted.
func acquire(t *testing.T, w *server.Worker, client uint32) (netip.Addr, bool) {
	for _, text := range []string{ask, request} {
		msg, err := dhcptext.Parse(text)
		if err != nil {
			t.Error(err)
			return netip.Addr{}, false
		}
		binary.BigEndian.PutUint32(msg[14:], client) // the end of the DUID
		r, drop := w.Serve(context.Background(), nil, msg, arrival())
		if drop != "" {
			t.Errorf("client %d: dropped: %s", client, drop)
			return netip.Addr{}, false
		}
		if text == request {
			return granted(r.Data)
		}
	}
	return netip.Addr{}, false
}

// granted gives the address in the only IA_NA of a reply.
func granted(reply []byte) (netip.Addr, bool) {
	const ia, status = 3, 13
	for o := reply[4:]; len(o) >= 4; o = o[4+binary.BigEndian.Uint16(o[2:]):] {
		if binary.BigEndian.Uint16(o) == ia {
			inner := o[4+12:]
			if binary.BigEndian.Uint16(inner) == status {
				return netip.Addr{}, false
			}
			return netip.AddrFrom16([16]byte(inner[4:])), true
		}
	}
	return netip.Addr{}, false
}
