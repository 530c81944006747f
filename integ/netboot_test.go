package integ

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
)

// TestFirmwareLoadsWhatTheExampleOfHTTPBootNames has iPXE in the place of GRUB:
// it asks for an address itself, and so tells that it runs.
func TestFirmwareLoadsWhatTheExampleOfHTTPBootNames(t *testing.T) {
	t.Parallel()
	p := newPC(t, "2001:db8:10::2/64", byDHCPv6)
	p.writeIPXE("EFI/BOOT/grubx64.efi", "snponly.efi")
	p.server = startExample(t, p.ns, "http-boot", "config.yml")
	p.boot(func(ctx context.Context) {
		p.wire.await(ctx, 0, func(x exchanged) bool {
			return isIPXE(x.question) && x.answer.MessageType == dhcpv6.MessageTypeReply
		})
	}, withoutPXE...)
	p.wantAsked("HEAD /EFI/BOOT/grubx64.efi\nGET /EFI/BOOT/grubx64.efi\n")
	p.wantLent(filepath.Join(p.ns.Root(), "/run/stage6/api.sock"), "")
}

// TestFirmwareLoadsIPXEWhoseScriptHasTheMACInItsName is the example chainload, on
// the server's link.
func TestFirmwareLoadsIPXEWhoseScriptHasTheMACInItsName(t *testing.T) {
	t.Parallel()
	p := newPC(t, "2001:db8:10::2/64", byDHCPv6)
	check(t, p.ns.AddAddress("prov0", netip.MustParsePrefix("2001:db8:10::53/64")))
	p.serveTFTP()
	p.serveName("foreman.example.net", "2001:db8:10::2")
	p.writeIPXE("ipxe.efi", "ipxe.efi")
	p.writeScript("script.ipxe", "foreman.example.net")
	p.server = startExample(t, p.ns, "chainload", "config.yml")
	p.boot(p.scriptRuns(), withoutPXEv4...)
	p.wantAsked("GET /script.ipxe?mac=52%3A54%3A00%3Aaa%3Abb%3A01\nGET /loaded\n") // escaped by iPXE
	p.wantLent(filepath.Join(p.ns.Root(), "/run/stage6/api.sock"), "")
}

// isIPXE says whether a message is of iPXE, by the only thing that tells.
func isIPXE(message *dhcpv6.Message) bool {
	return slices.ContainsFunc(message.Options.UserClasses(), func(class []byte) bool { return string(class) == "iPXE" })
}

// TestIPXEIsToldItsScriptWhicheverWayItAsks has iPXE on UEFI, without firmware
// that asks before. How it asks follows from the router advertisements.
func TestIPXEIsToldItsScriptWhicheverWayItAsks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		flags, config string
		asks          dhcpv6.MessageType
	}{
		"by Information-request, where no addresses are given": {byAdvertisement, "config.yml", dhcpv6.MessageTypeInformationRequest},
		"by Solicit, where an address is lent":                 {byDHCPv6, "edk2.yml", dhcpv6.MessageTypeSolicit},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPC(t, "2001:db8::1/64", tt.flags)
			p.writeIPXE("ipxe.efi", "ipxe.efi")
			p.writeScript("ubuntu.cfg", "[2001:db8::1]")
			p.server = startExample(t, p.ns, "ipxe-by-arch", tt.config)
			p.boot(p.scriptRuns(), "-kernel", filepath.Join(p.dir, "ipxe.efi"))
			p.wantAsked("GET /ubuntu.cfg\nGET /loaded\n")
			if first := p.wire.firstFromClient(p.ctx, 0); !isIPXE(first) || first.MessageType != tt.asks {
				t.Errorf("iPXE sends no %v, but\n%s", tt.asks, first.Summary())
			}
		})
	}
}

// TestFirmwareThatIsLentAnAddressLoadsIPXE has firmware that finds a URL, but no
// address, in the first answers to its Solicit, and asks on. With the other file
// of the example it loads iPXE, which gets its address by router advertisements.
func TestFirmwareThatIsLentAnAddressLoadsIPXE(t *testing.T) {
	t.Parallel()
	p := newPC(t, "2001:db8::1/64", byAdvertisement)
	p.writeIPXE("ipxe.efi", "ipxe.efi")
	p.writeScript("ubuntu.cfg", "[2001:db8::1]")
	p.server = startExample(t, p.ns, "ipxe-by-arch", "config.yml")
	runs := p.scriptRuns()
	p.boot(func(ctx context.Context) {
		p.awaitUselessOffers(ctx, 2)
		p.server.useExample("ipxe-by-arch", "edk2.yml")
		runs(ctx)
	}, withoutPXEv4...)
	p.wantAsked("HEAD /ipxe.efi\nGET /ipxe.efi\nGET /ubuntu.cfg\nGET /loaded\n")
	for _, lease := range p.server.leases() {
		if !netip.MustParsePrefix("2001:db8::d:0/112").Contains(lease.Addr()) {
			t.Errorf("firmware was given %s, want an address that is lent", lease)
		}
	}
}

// awaitUselessOffers waits until firmware has been told, so many times, where
// iPXE is, but that there is no address.
func (p *pc) awaitUselessOffers(ctx context.Context, count int) {
	p.t.Helper()
	p.wire.await(ctx, 0, func(x exchanged) bool {
		ia := x.answer.Options.OneIANA()
		if ia == nil || ia.Options.Status().StatusCode != iana.StatusNoAddrsAvail || x.answer.Options.BootFileURL() != "http://[2001:db8::1]/ipxe.efi" {
			return false
		}
		count--
		return count == 0
	})
}

// useExample ends the server, and starts it with a file of an example.
func (s *server) useExample(name, file string) {
	s.t.Helper()
	config, err := os.ReadFile(filepath.Join("../examples", name, file))
	check(s.t, err)
	s.stop(asked)
	check(s.t, os.WriteFile(s.config(), config, 0o644))
	s.start()
}
