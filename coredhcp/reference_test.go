package coredhcp_test

import (
	"slices"

	"github.com/coredhcp/coredhcp/handler"
	"github.com/insomniacslk/dhcp/dhcpv6"
)

// reference is CoreDHCP's server without its sockets: HandleMsg6 of its package
// server, whose import would bring packet capture and SQLite into this module.
type reference []handler.Handler6

// serve gives the reply to a datagram, or nil.
func (r reference) serve(datagram []byte) *dhcpv6.Message {
	d, err := dhcpv6.FromBytes(datagram)
	if err != nil {
		return nil
	}
	msg, err := d.GetInnerMessage()
	if err != nil {
		return nil
	}
	resp, err := seed(msg)
	if err != nil {
		return nil
	}
	var out dhcpv6.DHCPv6 = resp
	for _, h := range r {
		var stop bool
		if out, stop = h(d, out); stop || out == nil {
			break
		}
	}
	if out == nil {
		return nil
	}
	return out.(*dhcpv6.Message)
}

// seed makes what CoreDHCP begins with.
func seed(msg *dhcpv6.Message) (*dhcpv6.Message, error) {
	if msg.Type() == dhcpv6.MessageTypeSolicit && msg.GetOneOption(dhcpv6.OptionRapidCommit) == nil {
		return dhcpv6.NewAdvertiseFromSolicit(msg)
	}
	return dhcpv6.NewReplyFromMessage(msg)
}

// wrapped gives the reply as it goes through the relay agents of a datagram. At
// each level the message comes last, as the server has it; see inOrder.
func wrapped(datagram []byte, reply *dhcpv6.Message) ([]byte, error) {
	d, err := dhcpv6.FromBytes(datagram)
	if err != nil || !d.IsRelay() {
		return reply.ToBytes(), err
	}
	out, err := dhcpv6.NewRelayReplFromRelayForw(d.(*dhcpv6.RelayMessage), reply)
	if err != nil {
		return nil, err
	}
	for level := out; level.IsRelay(); level = level.(*dhcpv6.RelayMessage).Options.RelayMessage() {
		options := level.(*dhcpv6.RelayMessage).Options.Options
		slices.SortStableFunc(options, func(a, b dhcpv6.Option) int { return int(b.Code()) - int(a.Code()) })
	}
	return out.ToBytes(), nil
}
