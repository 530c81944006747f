package integ

// client is one program of a machine.
type client interface {
	// start runs the program on whatever state an earlier run left, and returns
	// when it has all it asks for, with what it got.
	start() grant
	// renewed waits until the client has extended its leases once more, and
	// returns what it has then.
	renewed() grant
	// release lets the client give everything back; the program has ended.
	release()
	// crash ends the program at once; nobody is told.
	crash()
}

// profile is a client and what it asks for.
type profile struct {
	name    string
	program string // must be installed
	new     func(*machine) client

	address, prefix bool              // what it asks for
	ntp             bool              // whether it asks for NTP servers
	tells           func(grant) grant // takes away what the client does not tell; nil if it tells all
	forever         bool              // it puts addresses on its link without their lifetimes
	keeps           bool              // it sends no Release
	comesBack       []string          // the messages that it may first send on an earlier run's state
	needs           string            // privilege beyond a user namespace, in words; "" for none
}

func profiles() []profile {
	return []profile{
		dhclientProfile("dhclient -6", dhclientAddress),
		dhclientProfile("dhclient -6 -P", dhclientPrefix),
		dhclientProfile("dhclient -6 -N -P", dhclientBoth),
		dhclientProfile("dhclient -6 -S", dhclientStateless),
		dhcpcdProfile(),
		dhcp6cProfile(),
		dibblerProfile("dibbler-client", false),
		dibblerProfile("dibbler-client with prefix", true),
		networkdProfile(),
	}
}

// stateless says that the client wants neither address nor prefix.
func (p profile) stateless() bool { return !p.address && !p.prefix }
