// Package dhcptext writes DHCPv6 messages as text that people can read and
// tests can compare, and reads it back.
//
// A message is a line with its type and transaction id, or, for a relay
// message, its type, hop count, link-address and peer-address; then one line
// for each option, with the options inside it indented by two more spaces:
//
//	solicit 0a0b0c
//	  client-id 00030001525400aabb01
//	  ia-na 1 t1=0 t2=0
//	    address 2001:db8::1 preferred=0 valid=0
//	  oro 23 24
//	  option 62 010300
package dhcptext

// kind is how the data of an option is written.
type kind uint8

const (
	raw         kind = iota // hexadecimal
	ia                      // IAID, T1, T2, options
	addressOpt              // address, lifetimes, options
	prefixOpt               // prefix, lifetimes, options
	codes                   // 16-bit numbers
	number8                 // one octet
	number16                // two octets
	number32                // four octets
	status                  // status code and text
	addresses               // a list of addresses
	names                   // a list of domain names
	text                    // the whole as a string
	strings16               // strings, each behind its length
	vendorClass             // enterprise number, then strings
	fqdn                    // flags and a name (RFC 4704)
	message                 // a message
	flag                    // nothing
)

// option is one option that has a name.
type option struct {
	code uint16
	name string
	kind kind
}

var options = []option{
	{1, "client-id", raw}, {2, "server-id", raw}, {3, "ia-na", ia}, {25, "ia-pd", ia},
	{5, "address", addressOpt}, {26, "prefix", prefixOpt}, {6, "oro", codes},
	{7, "preference", number8}, {8, "elapsed", number16}, {9, "relay-message", message},
	{13, "status", status}, {14, "rapid-commit", flag}, {15, "user-class", strings16},
	{16, "vendor-class", vendorClass}, {18, "interface-id", raw}, {23, "dns", addresses},
	{24, "search", names}, {31, "sntp", addresses}, {32, "refresh", number32},
	{37, "remote-id", raw}, {38, "subscriber-id", raw}, {39, "fqdn", fqdn}, {59, "boot-url", text},
	{61, "arch", codes}, {66, "relay-supplied", raw}, {67, "pd-exclude", raw}, {79, "link-layer", raw},
	{82, "sol-max-rt", number32}, {83, "inf-max-rt", number32}, {135, "relay-port", number16},
}

var types = map[byte]string{
	1: "solicit", 2: "advertise", 3: "request", 4: "confirm", 5: "renew", 6: "rebind", 7: "reply",
	8: "release", 9: "decline", 10: "reconfigure", 11: "information-request",
	12: "relay-forward", 13: "relay-reply",
}

func byCode(code uint16) (option, bool) {
	for _, o := range options {
		if o.code == code {
			return o, true
		}
	}
	return option{}, false
}

func byName(name string) (option, bool) {
	for _, o := range options {
		if o.name == name {
			return o, true
		}
	}
	return option{}, false
}
