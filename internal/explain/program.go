package explain

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/pipeline"
)

// Programs that a hint is about.
const (
	uefiPXE  = "UEFI PXE"
	uefiHTTP = "UEFI HTTP"
	ipxe     = "iPXE"
)

// enterprises are those by which programs are known, in vendor classes.
var enterprises = map[uint32]string{311: "Windows", 40712: "dhcpcd", 43793: "systemd-networkd", 9: "a Cisco device", 30065: "an Arista device", 2636: "a Juniper device"}

// program guesses what the client is. It is for people: nothing is decided by it.
func program(m *wire.Message) string {
	for i := range m.NumUserClass() {
		switch class := string(m.UserClassAt(i)); {
		case class == "iPXE":
			return ipxe
		case strings.HasSuffix(class, ";ztp"):
			return "a router that asks for ZTP"
		}
	}
	if kind := bootFirmware(m); kind != "" {
		return kind
	}
	if n, ok := m.VendorEnterprise(); ok && enterprises[n] != "" {
		return enterprises[n]
	}
	if isNetworkd(m.ClientID) {
		return "systemd-networkd"
	}
	return "a system"
}

// bootFirmware gives which client of firmware this is, or nothing.
func bootFirmware(m *wire.Message) string {
	for i := range m.NumVendorClass() {
		switch class := m.VendorClassAt(i); {
		case bytes.HasPrefix(class, []byte("PXEClient")):
			return uefiPXE
		case bytes.HasPrefix(class, []byte("HTTPClient")):
			return uefiHTTP
		}
	}
	if m.NumArch() > 0 && m.NumUserClass() == 0 {
		return "firmware that names no vendor class"
	}
	codes := m.RequestedCodes()
	if len(m.ClientID) == 18 && m.ClientID[1] == 4 && len(codes) == 1 && codes[0] == uint16(dhcpv6.OptionDNSRecursiveNameServer) {
		return "the second client inside UEFI, or a small system"
	}
	return ""
}

// isNetworkd says whether a DUID is one that systemd makes.
func isNetworkd(duid []byte) bool {
	return len(duid) > 6 && binary.BigEndian.Uint16(duid) == 2 && binary.BigEndian.Uint32(duid[2:]) == 43793
}

// archText gives an architecture with its number.
func archText(n uint16) string {
	if name := pipeline.Arch(n).String(); name != fmt.Sprint(n) {
		return fmt.Sprintf("%s (%d)", name, n)
	}
	return fmt.Sprint(n)
}
