package simulate

import (
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/stage"
)

// intel is the enterprise in the vendor classes of network boot.
const intel = 343

// efi is how UEFI writes its IA_NA.
var efi = ia{t1: infinity, t2: infinity, times: true, lifetimes: lifetimes{server: true}}

// firmware lists UEFI's programs, which share their DUID and count their
// transactions together.
func firmware() []*Profile {
	return []*Profile{
		uefi("uefi-pxe", "UEFI, network boot by TFTP", judgePXE, bootOptions(iana.EFI_X86_64, "PXEClient:Arch:00007:UNDI:003000")...),
		uefi("uefi-http", "UEFI, network boot by HTTP", judgeHTTP, bootOptions(iana.EFI_X86_64_HTTP, "HTTPClient:Arch:00016:UNDI:003000")...),
		secondUEFI(),
	}
}

// bootOptions are what follows the IA_NA of the firmware's boot clients.
func bootOptions(number iana.Arch, class string) form {
	return form{
		oro(dhcpv6.OptionBootfileURL, dhcpv6.OptionBootfileParam, dhcpv6.OptionDNSRecursiveNameServer, dhcpv6.OptionVendorClass),
		nii(3, 0), arch(number), vendorClass(intel, class),
	}
}

func uefi(name, title string, judge judge, tail ...part) *Profile {
	return &Profile{
		Name: name, Title: title, Stage: stage.Firmware,
		solicit: append(form{clientID, elapsed, efi.na}, tail...),
		request: append(form{clientID, elapsed, serverID, efi.na}, tail...),
		release: form{clientID, serverID, elapsed, ia{t1: infinity, t2: infinity, lifetimes: lifetimes{server: true}}.na},
		duid:    smbiosUUID, na: randomIAID, xids: xidCounted, judge: judge, captured: true,
		pauses: pauses{
			offers: 6 * time.Second, work: 7 * time.Second,
			tries: []time.Duration{9 * time.Second, 12 * time.Second, 26 * time.Second, 26 * time.Second},
		},
	}
}

// secondUEFI is the client that runs in the firmware beside the one that boots,
// when a router advertisement has the M flag. It boots nothing.
func secondUEFI() *Profile {
	p := uefi("uefi-ip6", "UEFI, the network stack's own client", judgeSystem, oro(dhcpv6.OptionDNSRecursiveNameServer))
	p.pauses = pauses{start: 900 * time.Millisecond}
	return p
}

// loaders lists the boot loaders.
func loaders() []*Profile {
	zero := ia{}
	tail := form{
		oro(dhcpv6.OptionDNSRecursiveNameServer, dhcpv6.OptionDomainSearchList, dhcpv6.OptionBootfileURL, dhcpv6.OptionBootfileParam),
		vendorClass(intel, "PXEClient:Arch:00007:UNDI:003010"), arch(iana.EFI_X86_64), nii(3, 10), userClass("iPXE"), elapsed,
	}
	return []*Profile{{
		Name: "ipxe", Title: "iPXE", Stage: stage.Loader,
		solicit: append(form{clientID, zero.na}, tail...),
		request: append(form{clientID, serverID, zero.na}, tail...),
		duid:    networkUUID, na: crcIAID, xids: xidFixed, judge: judgeIPXE, userClass: true, captured: true,
		pauses: pauses{start: 2 * time.Second, work: 3 * time.Second},
	}}
}
