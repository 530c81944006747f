package simulate

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
)

// form is how a program writes one kind of message: the options in their order.
type form []part

// part makes one option of a client's message, or nil where it has none.
type part func(*Client) dhcpv6.Option

// without gives a form that lacks options of some codes.
func (f form) without(codes ...dhcpv6.OptionCode) form {
	out := make(form, len(f))
	for i, p := range f {
		out[i] = func(c *Client) dhcpv6.Option {
			if o := p(c); o != nil && !slices.Contains(codes, o.Code()) {
				return o
			}
			return nil
		}
	}
	return out
}

// message writes a message of the client's.
func (f form) message(c *Client, kind dhcpv6.MessageType, xid dhcpv6.TransactionID) []byte {
	m := &dhcpv6.Message{MessageType: kind, TransactionID: xid}
	for _, p := range f {
		if o := p(c); o != nil {
			m.AddOption(o)
		}
	}
	return m.ToBytes()
}

func clientID(c *Client) dhcpv6.Option { return dhcpv6.OptClientID(c.duid) }

func serverID(c *Client) dhcpv6.Option {
	return &dhcpv6.OptionGeneric{OptionCode: dhcpv6.OptionServerID, OptionData: c.server}
}

func elapsed(c *Client) dhcpv6.Option {
	const most = 0xffff * 10 * time.Millisecond // RFC 9915 section 21.9
	return dhcpv6.OptElapsedTime(min(c.elapsed, most))
}

func rapidCommit(*Client) dhcpv6.Option {
	return &dhcpv6.OptionGeneric{OptionCode: dhcpv6.OptionRapidCommit}
}

// oro asks for options.
func oro(codes ...dhcpv6.OptionCode) part {
	return func(*Client) dhcpv6.Option { return dhcpv6.OptRequestedOption(codes...) }
}

// arch names the processor architecture by its number.
func arch(number iana.Arch) part {
	return func(*Client) dhcpv6.Option { return dhcpv6.OptClientArchType(number) }
}

// nii is the network interface identifier: UNDI of a version.
func nii(major, minor byte) part {
	return func(*Client) dhcpv6.Option {
		return &dhcpv6.OptNetworkInterfaceID{Typ: dhcpv6.NII_PXE_GEN_I, Major: major, Minor: minor}
	}
}

func vendorClass(enterprise uint32, class string) part {
	return func(*Client) dhcpv6.Option {
		return &dhcpv6.OptVendorClass{EnterpriseNumber: enterprise, Data: [][]byte{[]byte(class)}}
	}
}

// userClass is the class that the client is told to send, or that of the program
// itself, if any.
func userClass(own string) part {
	return func(c *Client) dhcpv6.Option {
		class := own
		if c.UserClass != "" {
			class = c.UserClass
		}
		if class == "" {
			return nil
		}
		return &dhcpv6.OptUserClass{UserClasses: [][]byte{[]byte(class)}}
	}
}

// fqdn is the name of a machine, in the flags and the form that are given.
func fqdn(flags byte, name string) part {
	return func(*Client) dhcpv6.Option {
		return &dhcpv6.OptionGeneric{OptionCode: dhcpv6.OptionFQDN, OptionData: append([]byte{flags}, name...)}
	}
}

// ia is how a program writes its identity associations: their times before and
// after an offer, and the lifetimes that it repeats.
type ia struct {
	t1, t2    uint32 // seconds
	times     bool   // whether T1 and T2 of the server are repeated
	lifetimes lifetimes
}

// lifetimes is what a program writes beside the addresses that it asks for.
type lifetimes struct {
	server           bool   // those of the server
	preferred, valid uint32 // else these, in seconds
}

const infinity = 0xffffffff

// na writes the IA_NA, with what the client was given of it.
func (w ia) na(c *Client) dhcpv6.Option { return w.option(c, dhcpv6.OptionIANA) }

// pd writes the IA_PD.
func (w ia) pd(c *Client) dhcpv6.Option { return w.option(c, dhcpv6.OptionIAPD) }

func (w ia) option(c *Client, code dhcpv6.OptionCode) dhcpv6.Option {
	held := c.association(code)
	if held == nil {
		return nil
	}
	t1, t2 := w.t1, w.t2
	if w.times && len(held.Leases) > 0 {
		t1, t2 = held.T1, held.T2
	}
	data := append([]byte(nil), held.ID[:]...)
	data = binary.BigEndian.AppendUint32(data, t1)
	data = binary.BigEndian.AppendUint32(data, t2)
	for _, l := range held.Leases {
		data = w.lifetimes.lease(data, code, l)
	}
	return &dhcpv6.OptionGeneric{OptionCode: code, OptionData: data}
}

// lease appends an IA Address or IA Prefix option (RFC 9915 sections 21.6 and
// 21.22).
func (w lifetimes) lease(data []byte, code dhcpv6.OptionCode, l Lease) []byte {
	preferred, valid := w.preferred, w.valid
	if w.server {
		preferred, valid = seconds(l.Preferred), seconds(l.Valid)
	}
	a := l.Prefix.Addr().As16()
	if code == dhcpv6.OptionIANA {
		data = append(data, 0, 5, 0, 24)
		data = append(data, a[:]...)
	} else {
		data = append(data, 0, 26, 0, 25)
	}
	data = binary.BigEndian.AppendUint32(data, preferred)
	data = binary.BigEndian.AppendUint32(data, valid)
	if code == dhcpv6.OptionIAPD {
		data = append(data, byte(l.Prefix.Bits()))
		data = append(data, a[:]...)
	}
	return data
}

func seconds(d time.Duration) uint32 { return uint32(d / time.Second) }
