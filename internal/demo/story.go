package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"net/netip"
	"os"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
)

// finalAddress is what config.yml reserves for the machine.
var finalAddress = netip.MustParseAddr("2001:db8:10::101")

// deployRange is where config.yml has the addresses of the stages before.
var deployRange = netip.MustParsePrefix("2001:db8:10::d:0/112")

// chapter is one client of the machine and what it must get.
type chapter struct {
	client   client
	bootFile string // nothing is none
	want     func(netip.Addr) bool
}

// chapters is one machine from power-on to its installed system, as the real
// programs send: two DUIDs of the same UUID in the firmware and in iPXE, others
// in the two systems, and another IAID each time.
func chapters() []chapter {
	machine := [16]byte{0x4c, 0x4c, 0x45, 0x44, 0x00, 0x42, 0x35, 0x10, 0x80, 0x52, 0xb4, 0xc0, 0x4f, 0x4a, 0x31, 0x32}
	raw := machine // the firmware has the first three fields in the other byte order
	copy(raw[:8], []byte{0x44, 0x45, 0x4c, 0x4c, 0x42, 0x00, 0x10, 0x35})
	boot := []dhcpv6.OptionCode{dhcpv6.OptionBootfileURL, dhcpv6.OptionBootfileParam, dhcpv6.OptionDNSRecursiveNameServer}
	system := []dhcpv6.OptionCode{dhcpv6.OptionDNSRecursiveNameServer, dhcpv6.OptionDomainSearchList}
	x86 := dhcpv6.OptClientArchType(iana.EFI_X86_64)
	pxe := &dhcpv6.OptVendorClass{EnterpriseNumber: 343, Data: [][]byte{[]byte("PXEClient:Arch:00007:UNDI:003000")}}
	user := func(class string) dhcpv6.Option {
		return &dhcpv6.OptUserClass{UserClasses: [][]byte{[]byte(class)}}
	}
	return []chapter{
		{
			client: client{"firmware", "UEFI PXE", &dhcpv6.DUIDUUID{UUID: raw}, [4]byte{0x8a, 0x41, 0x07, 0xd3},
				[]dhcpv6.Option{x86, pxe}, boot},
			bootFile: "tftp://[2001:db8:10::2]/snponly.efi", want: deployRange.Contains,
		},
		{
			client: client{"loader", "iPXE", &dhcpv6.DUIDUUID{UUID: machine}, crc(machineMAC),
				[]dhcpv6.Option{x86, pxe, user("iPXE")}, boot},
			bootFile: "http://[2001:db8:10::2]/boot.ipxe", want: deployRange.Contains,
		},
		{
			client: client{"installer", "Anaconda", &dhcpv6.DUIDUUID{UUID: [16]byte{0xd0, 0x10}}, [4]byte{0x15, 0, 0, 1},
				[]dhcpv6.Option{user("anaconda")}, system},
			want: deployRange.Contains,
		},
		{
			client: client{"final", "installed system", &dhcpv6.DUIDLLT{HWType: iana.HWTypeEthernet, Time: 852595200, LinkLayerAddr: machineMAC},
				[4]byte{0x00, 0xaa, 0xbb, 0x01}, nil, system},
			want: func(a netip.Addr) bool { return a == finalAddress },
		},
	}
}

// crc gives the IAID of iPXE: the CRC-32 of the MAC, in its byte order.
func crc(mac []byte) (iaid [4]byte) {
	n := ^crc32.ChecksumIEEE(mac)
	return [4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
}

// tell boots the machine and shows what happens.
func (n *network) tell(ctx context.Context) error {
	fmt.Printf(`One machine is several DHCPv6 clients in a row. Here is a throw-away link with

  stage6    %s on %s, configured by %s
  web01     a machine with the MAC %s, switched on just now

`, serverAddress.Addr(), serverLink, n.config(), machineMAC)
	for _, c := range chapters() {
		if err := n.tellChapter(ctx, &c); err != nil {
			return fmt.Errorf("%s: %w", c.client.name, err)
		}
	}
	fmt.Printf("The early stages got addresses for an hour from the deploy range; the machine's own address waited\nfor the installed system. What the server remembers (stage6 leases):\n\n")
	return n.showLeases(ctx)
}

// tellChapter boots one client and looks at what it gets.
func (n *network) tellChapter(ctx context.Context, c *chapter) error {
	fmt.Printf("%-10s %s, DUID %s, IAID %s\n", c.client.name, c.client.what, duidText(c.client.duid), hex.EncodeToString(c.client.iaid[:]))
	got, err := c.client.boot(ctx, n.machine, machineLink)
	if err != nil {
		return err
	}
	fmt.Printf("%-10s got %s for %s", "", got.address, got.valid)
	if got.bootFile != "" {
		fmt.Printf(", boot file %s", got.bootFile)
	}
	for _, a := range got.dns {
		fmt.Printf(", DNS %s", a)
	}
	fmt.Print("\n\n")
	if !c.want(got.address) || got.bootFile != c.bootFile {
		return fmt.Errorf("got %s and boot file %q, which is not what the configuration says", got.address, got.bootFile)
	}
	return nil
}

// duidText gives a DUID as the leases show it, shortened.
func duidText(d dhcpv6.DUID) string {
	const most = 12
	b := d.ToBytes()
	text := ""
	for i, o := range b[:min(len(b), most)] {
		if i > 0 {
			text += ":"
		}
		text += hex.EncodeToString([]byte{o})
	}
	if len(b) > most {
		text += "..."
	}
	return text
}

func (n *network) showLeases(ctx context.Context) error {
	out, err := n.server.Run(ctx, n.binary, "leases", "--api", n.api())
	fmt.Println(out)
	return err
}

// printCommands prints what to try from another terminal.
func (n *network) printCommands() {
	enter := "nsenter -n -t"
	if os.Getuid() != 0 || insideUserNamespace() {
		enter = "nsenter -U --preserve-credentials -n -t"
	}
	fmt.Printf(`The network stays until Ctrl-C. From another terminal:

  %[1]s leases show %[2]s --api %[3]s
  %[1]s leases verify --api %[3]s
  %[4]s %[5]d ip -6 address show dev %[6]s
  %[4]s %[7]d ip -6 route show dev %[8]s
`, n.binary, finalAddress, n.api(), enter, n.server.PID(), serverLink, n.machine.PID(), machineLink)
}

// insideUserNamespace says whether root here is nobody special outside.
func insideUserNamespace() bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return false
	}
	var inside, outside, count uint64
	_, err = fmt.Sscan(string(text), &inside, &outside, &count)
	return err == nil && count != 1<<32-1
}
