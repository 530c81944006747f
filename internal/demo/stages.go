package main

import (
	"net"
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
)

// stage is one of the DHCPv6 clients that a machine is while it boots, and what
// it must be given.
type stage struct {
	name      string
	duid      dhcpv6.DUID
	iaid      [4]byte
	options   dhcpv6.Options // of every message
	installed bool           // asks for a prefix, too, and uses its address
	releases  bool           // gives its address back before the next stage
	addresses netip.Prefix   // of which its address must be
	url       string         // of the boot file; "" if there must be none
}

// smbiosUUID is web01's as people read it. Firmware sends its first three fields
// in the other byte order.
var (
	smbiosUUID   = [16]byte{0x4c, 0x4c, 0x45, 0x44, 0x00, 0x42, 0x35, 0x10, 0x80, 0x52, 0xb4, 0xc0, 0x4f, 0x4a, 0x31, 0x32}
	firmwareUUID = [16]byte{0x44, 0x45, 0x4c, 0x4c, 0x42, 0x00, 0x10, 0x35, 0x80, 0x52, 0xb4, 0xc0, 0x4f, 0x4a, 0x31, 0x32}
	liveUUID     = [16]byte{0x0e, 0x11, 0xf3, 0x9a, 0x7c, 0x51, 0x4d, 0x2e, 0x9b, 0x60, 0x35, 0x8d, 0x02, 0xaa, 0x6f, 0xc4}
)

var (
	deployRange = netip.MustParsePrefix("2001:db8:10::d:0/112")
	ownAddress  = netip.MustParsePrefix("2001:db8:10::101/128")
)

// stages are web01's: four clients, four DUIDs, four IAIDs, one machine.
func stages() []stage {
	return []stage{
		{
			name: "UEFI firmware, network boot", duid: &dhcpv6.DUIDUUID{UUID: firmwareUUID}, iaid: [4]byte{0x9d, 0x3a, 0x10, 0x77},
			options:  netboot("", dhcpv6.OptionBootfileURL, dhcpv6.OptionBootfileParam, dhcpv6.OptionVendorClass, dhcpv6.OptionDNSRecursiveNameServer),
			releases: true, addresses: deployRange, url: "tftp://[2001:db8:10::2]/snponly.efi",
		},
		{
			name: "iPXE, which it loaded", duid: &dhcpv6.DUIDUUID{UUID: smbiosUUID}, iaid: [4]byte{0x6b, 0x1e, 0xc2, 0x05},
			options:   netboot("iPXE", dhcpv6.OptionDNSRecursiveNameServer, dhcpv6.OptionDomainSearchList, dhcpv6.OptionBootfileURL, dhcpv6.OptionBootfileParam),
			addresses: deployRange, url: "http://[2001:db8:10::2]/boot.ipxe",
		},
		{
			name: "installer", duid: &dhcpv6.DUIDUUID{UUID: liveUUID}, iaid: [4]byte{0x00, 0xaa, 0xbb, 0x01},
			options: dhcpv6.Options{
				&dhcpv6.OptUserClass{UserClasses: [][]byte{[]byte("anaconda")}},
				dhcpv6.OptRequestedOption(dhcpv6.OptionDNSRecursiveNameServer, dhcpv6.OptionDomainSearchList, dhcpv6.OptionNTPServer),
			},
			addresses: deployRange,
		},
		{
			name: "installed system", duid: installedDUID(), iaid: [4]byte{0x00, 0xaa, 0xbb, 0x01},
			options: dhcpv6.Options{
				dhcpv6.OptRequestedOption(dhcpv6.OptionDNSRecursiveNameServer, dhcpv6.OptionDomainSearchList, dhcpv6.OptionNTPServer),
			},
			installed: true, addresses: ownAddress,
		},
	}
}

func installedDUID() dhcpv6.DUID {
	return &dhcpv6.DUIDLLT{HWType: iana.HWTypeEthernet, Time: uint32(time.Now().Unix() - 946684800), LinkLayerAddr: net.HardwareAddr(machineMAC)}
}

// netboot is what UEFI's PXE client and iPXE say of themselves (RFC 5970).
func netboot(userClass string, requested ...dhcpv6.OptionCode) dhcpv6.Options {
	const intel = 343
	class := &dhcpv6.OptVendorClass{EnterpriseNumber: intel, Data: [][]byte{[]byte("PXEClient:Arch:00007:UNDI:003000")}}
	options := dhcpv6.Options{
		dhcpv6.OptRequestedOption(requested...),
		dhcpv6.OptClientArchType(iana.EFI_BC),
		class,
	}
	if userClass != "" {
		options = append(options, &dhcpv6.OptUserClass{UserClasses: [][]byte{[]byte(userClass)}})
	}
	return options
}
