package simulate

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"

	"github.com/stage6/stage6/ident"
)

// UUID is a machine's UUID in network byte order, as people write it.
type UUID [16]byte

// ParseUUID reads a UUID of 32 hexadecimal digits, with hyphens or without.
func ParseUUID(text string) (u UUID, err error) {
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(raw) != len(u) {
		return u, fmt.Errorf("UUID %q: want 32 hexadecimal digits, such as 4c4c4544-0042-4810-8051-b4c04f333331", text)
	}
	return UUID(raw), nil
}

// String gives the UUID as people write it.
func (u UUID) String() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// smbios gives the bytes as SMBIOS has them, which is what UEFI puts into its
// DUID: the first three fields are little-endian.
func (u UUID) smbios() [16]byte {
	b := u
	b[0], b[1], b[2], b[3] = u[3], u[2], u[1], u[0]
	b[4], b[5] = u[5], u[4]
	b[6], b[7] = u[7], u[6]
	return b
}

// Machine is what all clients of one machine have in common. It is for one
// goroutine.
type Machine struct {
	MAC  ident.MAC
	UUID UUID

	rand   *rand.Rand
	system map[string]seed // of installed systems, by profile

	bootFile string // the URL that the last of its programs was told to load
}

// seed is what a program draws when it is installed or, a live one, started:
// a machine-id, or the time in a DUID-LLT.
type seed [16]byte

// NewMachine makes a machine. The same random number gives the same choices
// again; a zero UUID becomes one that follows from the MAC.
func NewMachine(mac ident.MAC, uuid UUID, random uint64) *Machine {
	if uuid == (UUID{}) {
		uuid = uuidOf(mac)
	}
	return &Machine{
		MAC: mac, UUID: uuid,
		rand:   rand.New(rand.NewPCG(random, macNumber(mac))),
		system: map[string]seed{},
	}
}

// uuidOf gives a UUID of version 8 (RFC 9562 section 5.8) for a MAC.
func uuidOf(mac ident.MAC) UUID {
	sum := sha256.Sum256(append([]byte("stage6 machine "), mac[:]...))
	u := UUID(sum[:16])
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return u
}

func macNumber(mac ident.MAC) uint64 {
	return binary.BigEndian.Uint64(append([]byte{0, 0}, mac[:]...))
}

// NthMAC gives the MAC that follows the first one n times. It is an error if
// that leaves the MACs of machines.
func NthMAC(first ident.MAC, n int) (ident.MAC, error) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], macNumber(first)+uint64(n))
	mac, ok := ident.MACFromBytes(b[2:])
	if !ok || b[0] != 0 || b[1] != 0 || n < 0 {
		return mac, fmt.Errorf("MAC %s and %d more: there are not so many", first, n)
	}
	return mac, nil
}

// LinkLocal is the machine's link-local address, with a modified EUI-64
// identifier as firmware and iPXE make it (RFC 4291 appendix A).
func (m *Machine) LinkLocal() netip.Addr {
	return netip.AddrFrom16([16]byte{
		0: 0xfe, 1: 0x80, 8: m.MAC[0] ^ 2, 9: m.MAC[1], 10: m.MAC[2], 11: 0xff,
		12: 0xfe, 13: m.MAC[3], 14: m.MAC[4], 15: m.MAC[5],
	})
}

// DUID is that of an installed system: the one that is on the disk, or that the
// next start will bring.
func (m *Machine) DUID(system *Profile) ident.DUID {
	return ident.DUID(system.duid(m, m.seedOf(system)).ToBytes())
}

// seedOf gives what the program drew: a live one draws at every start, an
// installed one keeps it until the machine is installed again.
func (m *Machine) seedOf(p *Profile) seed {
	if kept, ok := m.system[p.Name]; ok && !p.live() {
		return kept
	}
	var s seed
	binary.BigEndian.PutUint64(s[:8], m.rand.Uint64())
	binary.BigEndian.PutUint64(s[8:], m.rand.Uint64())
	m.system[p.Name] = s
	return s
}

// reinstall forgets the installed systems.
func (m *Machine) reinstall() { clear(m.system) }
