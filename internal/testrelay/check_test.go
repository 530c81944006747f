package testrelay

import (
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"
)

func level(kind dhcpv6.MessageType, inner dhcpv6.DHCPv6, options ...dhcpv6.Option) *dhcpv6.RelayMessage {
	message := &dhcpv6.RelayMessage{
		MessageType: kind,
		HopCount:    1,
		LinkAddr:    net.ParseIP("2001:db8::1"),
		PeerAddr:    net.ParseIP("fe80::1"),
	}
	for _, option := range options {
		message.Options.Add(option)
	}
	if inner != nil {
		message.Options.Add(dhcpv6.OptRelayMessage(inner))
	}
	return message
}

func plain(kind dhcpv6.MessageType) *dhcpv6.Message { return &dhcpv6.Message{MessageType: kind} }

func TestCheckTellsEachDifference(t *testing.T) {
	var (
		id    = dhcpv6.OptInterfaceID([]byte("port 1"))
		odd   = dhcpv6.OptRelayPort(1547)
		sent  = level(dhcpv6.MessageTypeRelayForward, plain(dhcpv6.MessageTypeSolicit), id, odd)
		reply = plain(dhcpv6.MessageTypeReply)
	)
	tests := map[string]struct {
		change func(*dhcpv6.RelayMessage)
		reply  *dhcpv6.RelayMessage
		want   []string
	}{
		"a faithful reply":         {reply: level(dhcpv6.MessageTypeRelayReply, reply, id, odd)},
		"a forward for a reply":    {reply: level(dhcpv6.MessageTypeRelayForward, reply, id, odd), want: []string{"message type RELAY-FORW, want RELAY-REPL"}},
		"another interface":        {reply: level(dhcpv6.MessageTypeRelayReply, reply, dhcpv6.OptInterfaceID([]byte("port 2")), odd), want: []string{`interface-id "port 2", want "port 1"`}},
		"no interface":             {reply: level(dhcpv6.MessageTypeRelayReply, reply, odd), want: []string{`interface-id "", want "port 1"`}},
		"no port":                  {reply: level(dhcpv6.MessageTypeRelayReply, reply, id), want: []string{"relay port option 0 (present: false), want 1547 (present: true)"}},
		"another port":             {reply: level(dhcpv6.MessageTypeRelayReply, reply, id, dhcpv6.OptRelayPort(1)), want: []string{"relay port option 1 (present: true), want 1547 (present: true)"}},
		"nothing in it":            {reply: level(dhcpv6.MessageTypeRelayReply, nil, id, odd), want: []string{"no relay message option"}},
		"a client's message in it": {reply: level(dhcpv6.MessageTypeRelayReply, plain(dhcpv6.MessageTypeSolicit), id, odd), want: []string{"carries a SOLICIT, which servers do not send"}},
		"a level too many":         {reply: level(dhcpv6.MessageTypeRelayReply, level(dhcpv6.MessageTypeRelayReply, reply), id, odd), want: []string{"carries a RELAY-REPL in answer to a SOLICIT"}},
		"another hop count":        {reply: level(dhcpv6.MessageTypeRelayReply, reply, id, odd), change: func(m *dhcpv6.RelayMessage) { m.HopCount = 0 }, want: []string{"hop count 0, want 1"}},
		"another link":             {reply: level(dhcpv6.MessageTypeRelayReply, reply, id, odd), change: func(m *dhcpv6.RelayMessage) { m.LinkAddr = net.IPv6zero }, want: []string{"link-address ::, want 2001:db8::1"}},
		"another peer":             {reply: level(dhcpv6.MessageTypeRelayReply, reply, id, odd), change: func(m *dhcpv6.RelayMessage) { m.PeerAddr = net.IPv6zero }, want: []string{"peer-address ::, want fe80::1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.change != nil {
				test.change(test.reply)
			}
			if diff := cmp.Diff(test.want, Check(sent, test.reply)); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}
