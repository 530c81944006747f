package deploy

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline/pipelinetest"
)

const twoMachines = `
server6:
  plugins:
    - identify: frame
    - hosts:
        web01: {mac: '52:54:00:aa:bb:01'}
        web02: {mac: '52:54:00:aa:bb:02'}
    - deploy: {pool: '2001:db8:10::d:0/120', per_host: 4, lifetime: 30m}
`

// A machine that is another client in each message, asks for several addresses at
// once, and gives back or declines what it gets, has no more than its share.
func TestNoMachineEmptiesTheRange(t *testing.T) {
	prov0 := pipelinetest.Interface{Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}
	for seed := range uint64(5) {
		s := pipelinetest.New(t, t.TempDir(), twoMachines, []pipelinetest.Interface{prov0}, plugins())
		random := rand.New(rand.NewPCG(seed, 6))
		for range 500 {
			attack(s, random)
		}
		if n := strings.Count(s.Leases(), "host=web01"); n == 0 || n > 3*4 {
			t.Errorf("seed %d: the machine has %d addresses, want 1 to %d\n%s", seed, n, 3*4, s.Leases())
		}
		s.Serve(from(2, message(3, []byte{0, 2, 0, 0, 0, 0, 9}, 1, 1, nil)))
		if !strings.Contains(s.Leases(), "host=web02") {
			t.Errorf("seed %d: another machine has no address", seed)
		}
	}
}

// attack sends a Request, and perhaps a Release or Decline after it.
func attack(s *pipelinetest.Server, random *rand.Rand) {
	duid := []byte{0, 2, 0, 0, 0, 0, byte(random.IntN(3))}
	iaid := random.Uint32N(100)
	s.Serve(from(1, message(3, duid, iaid, 1+random.IntN(6), nil)))
	end := fmt.Sprintf("%s/IA_NA:%08x ", ident.DUID(duid), iaid)
	for line := range strings.Lines(s.Leases()) {
		if strings.Contains(line, end) && random.IntN(2) == 0 {
			address := netip.MustParsePrefix(strings.Fields(line)[0]).Addr()
			s.Serve(from(1, message(8+byte(random.IntN(2)), duid, iaid, 1, address.AsSlice())))
		}
	}
	s.Advance(time.Duration(random.IntN(20)) * time.Second)
}

// from is a datagram of the machine of that number.
func from(n byte, data []byte) pipelinetest.Datagram {
	return pipelinetest.Datagram{
		From:  netip.MustParseAddrPort("[fe80::1%prov0]:546"),
		To:    netip.MustParseAddr("ff02::1:2"),
		Frame: ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, n}, Data: data,
	}
}

// message forms a message of that type with several IA_NA, which name an address
// unless that is nil.
func message(messageType byte, duid []byte, iaid uint32, ias int, address []byte) []byte {
	m := []byte{messageType, 0, 0, 1}
	m = appendOption(m, 1, duid)
	m = appendOption(m, 2, []byte{0, 3, 0, 1, 2, 0, 0, 0, 0, 1})
	for i := range uint32(ias) {
		ia := binary.BigEndian.AppendUint32(nil, iaid+i)
		ia = append(ia, make([]byte, 8)...)
		if address != nil {
			ia = appendOption(ia, 5, append(address, make([]byte, 8)...))
		}
		m = appendOption(m, 3, ia)
	}
	return m
}

func appendOption(m []byte, code uint16, data []byte) []byte {
	m = binary.BigEndian.AppendUint16(m, code)
	return append(binary.BigEndian.AppendUint16(m, uint16(len(data))), data...)
}
