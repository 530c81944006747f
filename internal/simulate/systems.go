package simulate

import (
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/stage"
)

// What systems ask for.
const (
	dns      = dhcpv6.OptionDNSRecursiveNameServer
	search   = dhcpv6.OptionDomainSearchList
	sntp     = dhcpv6.OptionSNTPServerList
	hostname = dhcpv6.OptionFQDN
	ntp      = dhcpv6.OptionNTPServer
	solMaxRT = dhcpv6.OptionSolMaxRT
	infMaxRT = dhcpv6.OptionInfMaxRT
)

// installing is how long an installer runs here. In truth it takes minutes.
const installing = 5 * time.Second

// installers lists the programs that run from memory and install a system. Each
// start of one makes another DUID.
func installers() []*Profile {
	all := []*Profile{
		networkManager("anaconda", "Anaconda, with NetworkManager", "anaconda"),
		networkManager("live", "a live image, with NetworkManager", ""),
		dhclient("debian-installer", "debian-installer, with dhclient", macIAID, nil),
		windows("winpe", "Windows PE"),
	}
	for _, p := range all {
		p.Stage, p.pauses.work, p.captured = stage.Installer, installing, false
	}
	return all
}

// systems lists what runs on an installed machine.
func systems() []*Profile {
	return []*Profile{
		networkd(),
		networkManager("networkmanager", "NetworkManager", ""),
		dhclient("dhclient", "ISC dhclient -6", macIAID, nil),
		dhclient("dhclient-pd", "ISC dhclient -6 -P", nil, macIAID),
		dhclient("dhclient-both", "ISC dhclient -6 -N -P", macIAID, macIAID),
		dhclientInfo(),
		dhcpcd("dhcpcd", "dhcpcd", nil),
		dhcpcd("dhcpcd-pd", "dhcpcd, with a prefix", iaidOf(2)),
		dhcp6c(),
		dibbler(),
		windows("windows", "Windows"),
	}
}

// system makes the profile of an installed system.
func system(name, title string, duid duidMaker, na, pd iaidMaker) *Profile {
	return &Profile{
		Name: name, Title: title, Stage: stage.Final, duid: duid, na: na, pd: pd, judge: judgeSystem, captured: true,
		pauses: pauses{start: time.Second},
	}
}

// echo is how most systems write their identity associations.
var echo = ia{lifetimes: lifetimes{server: true}}

// dhclient asks for an address, a prefix, or both. It hints at times of its own.
func dhclient(name, title string, na, pd iaidMaker) *Profile {
	own := ia{t1: 3600, t2: 5400, lifetimes: lifetimes{preferred: 7200, valid: 7500}}
	asks := oro(dns, search, hostname, sntp)
	p := system(name, title, installTime, na, pd)
	p.solicit = form{clientID, asks, elapsed, userClass(""), own.na, own.pd}
	p.request = form{clientID, serverID, asks, elapsed, userClass(""), own.na, own.pd}
	p.pauses.offers, p.userClass = time.Second, true
	return p
}

func dhclientInfo() *Profile {
	p := system("dhclient-info", "ISC dhclient -6 -S", linkLayer, nil, nil)
	p.inform = form{clientID, oro(dns, search, hostname, sntp), elapsed}
	p.judge = judgeInform
	return p
}

func dhcpcd(name, title string, pd iaidMaker) *Profile {
	const enterprise = 40712
	tail := form{
		echo.na, echo.pd, oro(dns, search, solMaxRT, infMaxRT), elapsed,
		vendorClass(enterprise, "dhcpcd-9.4.1:Linux-6.18.44-fc-v595:x86_64:GenuineIntel"),
	}
	p := system(name, title, installTime, iaidOf(1), pd)
	p.solicit = append(form{clientID}, tail...)
	p.request = append(form{clientID, serverID}, tail...)
	return p
}

func dhcp6c() *Profile {
	p := system("dhcp6c", "WIDE dhcp6c", installTime, iaidOf(1), iaidOf(2))
	p.solicit = form{clientID, echo.na, elapsed, oro(dns, search), echo.pd}
	p.request = form{clientID, serverID, echo.na, elapsed, oro(dns, search), echo.pd}
	p.pauses.offers = time.Second
	return p
}

func dibbler() *Profile {
	hints := ia{t1: infinity, t2: infinity, lifetimes: lifetimes{server: true}}
	p := system("dibbler", "Dibbler", installTime, iaidOf(1), iaidOf(1))
	p.solicit = form{clientID, hints.na, hints.pd, elapsed, oro(dns, search)}
	p.request = form{clientID, hints.na, hints.pd, oro(dns, search), serverID, elapsed}
	p.pauses.offers = time.Second
	return p
}

// networkd asks for a Reply to its Solicit, and for a prefix.
func networkd() *Profile {
	tail := form{ia{}.na, ia{}.pd, fqdn(1, "\x02vm"), oro(dns, search, sntp, ntp, solMaxRT), clientID, elapsed}
	p := system("networkd", "systemd-networkd", machineIDEnterprise, hashIAID("networkd"), hashIAID("networkd"))
	p.solicit = append(form{rapidCommit}, tail...)
	p.request = append(form{serverID}, tail...)
	return p
}

// networkManager has a client that comes of networkd's. Images of installers set
// a user class of their own.
func networkManager(name, title, class string) *Profile {
	tail := form{ia{}.na, userClass(class), oro(dns, search, sntp, ntp, solMaxRT), clientID, elapsed}
	p := system(name, title, machineIDUUID, hashIAID("NetworkManager"), nil)
	p.userClass, p.captured = true, false
	p.solicit = append(form{rapidCommit}, tail...)
	p.request = append(form{serverID}, tail...)
	return p
}

func windows(name, title string) *Profile {
	const microsoft = 311
	tail := form{
		echo.na, fqdn(0, "\x0dwin-simulated\x00"), vendorClass(microsoft, "MSFT 5.0"),
		oro(search, dns, dhcpv6.OptionVendorOpts, hostname),
	}
	p := system(name, title, installTime, windowsIAID, nil)
	p.captured = false
	p.solicit = append(form{elapsed, clientID}, tail...)
	p.request = append(form{elapsed, clientID, serverID}, tail...)
	return p
}
