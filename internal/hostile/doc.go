// Package hostile has the datagrams that have hurt DHCPv6 servers, each with what
// must become of it. Tests send them to the server's code and to a server that runs,
// benchmarks measure what each costs.
//
// The cases have the names of what was seen elsewhere, and after a slash in which
// form: "oro-flood/32,000 codes".
package hostile

import "net/netip"

// Limits of what one datagram may cost, whatever it holds. Benchmarks show the first,
// tests keep to the second.
const (
	MaxMicroseconds = 1000
	MaxOctets       = 64 << 10 // of memory
)

// The addresses that the cases are about.
var (
	Server = netip.MustParseAddr("2001:db8:10::2") // where relay agents find the server
	Relay  = netip.MustParseAddr("2001:db8:10::9") // the one that Config trusts
	Victim = netip.MustParseAddr("2001:db8:10::101")
	// VictimElsewhere is what is reserved for the victim on the link of rack2.
	VictimElsewhere = netip.MustParseAddr("2001:db8:20::101")
)

// serverID is the server's DUID in Config.
const serverID = "\x00\x03\x00\x01\x52\x54\x00\x00\x00\x01"

// victimMAC is that of the host of Config.
const victimMAC = "\x52\x54\x00\xaa\xbb\x01"

// Config is a configuration that the cases are for, behind its beginning, which says
// where leases are.
func Config(beginning string) string { return beginning + config }

const config = `
server6:
  listen: ['[ff02::1:2%srv0]', '[2001:db8:10::2]']
  relays: ['2001:db8:10::9/128']
  limits: false   # one client sends all cases
  links:
    - name: rack2
      prefixes: ['2001:db8:20::/64']
  plugins:
    - server_id: LL 52:54:00:00:00:01
    - identify: relay
    - hosts:
        victim: {mac: '52:54:00:aa:bb:01', address: ['2001:db8:10::101', '2001:db8:20::101'], prefix: '2001:db8:f001::/56'}
    - pool: '2001:db8:10::d:0/112'
    - pool: '2001:db8:20::d:0/112'
      name: rack2
    - prefix:
        pool: '2001:db8:e000::/44'
        length: 56
        lengths: [60, 64]
    - dns: ['2001:db8:10::53']
    - searchdomains: example.net
`
