package simulate

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
)

// systemdEnterprise is the number in the DUIDs of systemd-networkd.
const systemdEnterprise = 43793

// duidMaker makes the DUID of one program on a machine.
type duidMaker func(*Machine, seed) dhcpv6.DUID

// smbiosUUID is UEFI's: the raw bytes of SMBIOS.
func smbiosUUID(m *Machine, _ seed) dhcpv6.DUID { return &dhcpv6.DUIDUUID{UUID: m.UUID.smbios()} }

// networkUUID is iPXE's: the same UUID in network byte order.
func networkUUID(m *Machine, _ seed) dhcpv6.DUID { return &dhcpv6.DUIDUUID{UUID: m.UUID} }

// machineIDUUID is NetworkManager's, made from the machine-id.
func machineIDUUID(_ *Machine, s seed) dhcpv6.DUID { return &dhcpv6.DUIDUUID{UUID: s} }

// machineIDEnterprise is systemd-networkd's, made from the machine-id.
func machineIDEnterprise(_ *Machine, s seed) dhcpv6.DUID {
	return &dhcpv6.DUIDEN{EnterpriseNumber: systemdEnterprise, EnterpriseIdentifier: s[:8]}
}

// installTime is the MAC with the time of the installation, here any second of
// about four years since 2025.
func installTime(m *Machine, s seed) dhcpv6.DUID {
	const first, spread = 789004800, 1 << 27 // seconds since 2000 (RFC 9915 section 11.2)
	return &dhcpv6.DUIDLLT{HWType: iana.HWTypeEthernet, Time: first + binary.BigEndian.Uint32(s[:])%spread, LinkLayerAddr: m.MAC[:]}
}

// linkLayer is the MAC alone.
func linkLayer(m *Machine, _ seed) dhcpv6.DUID {
	return &dhcpv6.DUIDLL{HWType: iana.HWTypeEthernet, LinkLayerAddr: m.MAC[:]}
}

// iaidMaker makes an IAID of one program on a machine.
type iaidMaker func(*Machine) [4]byte

// randomIAID is UEFI's, another at every boot.
func randomIAID(m *Machine) (id [4]byte) {
	binary.BigEndian.PutUint32(id[:], m.rand.Uint32())
	return id
}

// crcIAID is iPXE's: the CRC-32 of the MAC, begun with zero and without the
// complement at the end.
func crcIAID(m *Machine) (id [4]byte) {
	binary.BigEndian.PutUint32(id[:], ^crc32.Update(^uint32(0), crc32.IEEETable, m.MAC[:]))
	return id
}

// macIAID is dhclient's: the last four bytes of the MAC.
func macIAID(m *Machine) [4]byte { return [4]byte(m.MAC[2:]) }

// hashIAID is a stable hash of the device, as networkd and NetworkManager have
// one, each its own.
func hashIAID(program string) iaidMaker {
	return func(m *Machine) [4]byte {
		sum := sha256.Sum256(append([]byte("stage6 iaid "+program+" "), m.MAC[:]...))
		return [4]byte(sum[:4])
	}
}

// windowsIAID is an interface's number and the first three bytes of the MAC.
func windowsIAID(m *Machine) [4]byte { return [4]byte{0x0e, m.MAC[0], m.MAC[1], m.MAC[2]} }

// iaidOf is a configured one.
func iaidOf(n byte) iaidMaker { return func(*Machine) [4]byte { return [4]byte{3: n} } }

// xidRule is how a program draws transaction IDs.
type xidRule uint8

const (
	xidRandom  xidRule = iota // another for each exchange
	xidCounted                // UEFI: one more for each exchange of all its clients, little-endian
	xidFixed                  // iPXE: the same at every boot
)

// xids draws the transaction IDs of the clients of one stage.
type xids struct {
	machine *Machine
	count   uint32 // of xidCounted
}

func newXIDs(m *Machine) *xids { return &xids{m, m.rand.Uint32()} }

func (x *xids) next(rule xidRule) dhcpv6.TransactionID {
	var b [4]byte
	switch rule {
	case xidCounted:
		x.count++
		binary.LittleEndian.PutUint32(b[:], x.count)
	case xidFixed:
		sum := sha256.Sum256(append([]byte("stage6 xid "), x.machine.MAC[:]...))
		copy(b[:], sum[:])
	default:
		binary.BigEndian.PutUint32(b[:], x.machine.rand.Uint32())
	}
	return dhcpv6.TransactionID(b[:3])
}
