package testrelay

import (
	"bytes"
	"fmt"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// Check compares one level of a Relay-reply with the Relay-forward that it
// answers and tells each difference (RFC 9915 section 19.3, RFC 8357 section 5).
func Check(sent, got *dhcpv6.RelayMessage) []string {
	var wrong []string
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if got.MessageType != dhcpv6.MessageTypeRelayReply {
		complain("message type %v, want RELAY-REPL", got.MessageType)
	}
	if got.HopCount != sent.HopCount {
		complain("hop count %d, want %d", got.HopCount, sent.HopCount)
	}
	if !got.LinkAddr.Equal(sent.LinkAddr) {
		complain("link-address %v, want %v", got.LinkAddr, sent.LinkAddr)
	}
	if !got.PeerAddr.Equal(sent.PeerAddr) {
		complain("peer-address %v, want %v", got.PeerAddr, sent.PeerAddr)
	}
	if id, want := got.Options.InterfaceID(), sent.Options.InterfaceID(); !bytes.Equal(id, want) {
		complain("interface-id %q, want %q", id, want)
	}
	wrong = append(wrong, checkPort(sent, got)...)
	return append(wrong, checkInner(sent, got)...)
}

func checkPort(sent, got *dhcpv6.RelayMessage) []string {
	want, wanted := port(sent)
	number, present := port(got)
	if wanted != present || want != number {
		return []string{fmt.Sprintf("relay port option %d (present: %v), want %d (present: %v)", number, present, want, wanted)}
	}
	return nil
}

// checkInner looks at what a level carries: a level fewer of the same depth, or
// a message of a server.
func checkInner(sent, got *dhcpv6.RelayMessage) []string {
	down, up := got.Options.RelayMessage(), sent.Options.RelayMessage()
	if down == nil {
		return []string{"no relay message option"}
	}
	if down.IsRelay() != up.IsRelay() {
		return []string{fmt.Sprintf("carries a %v in answer to a %v", down.Type(), up.Type())}
	}
	switch down.Type() {
	case dhcpv6.MessageTypeAdvertise, dhcpv6.MessageTypeReply, dhcpv6.MessageTypeRelayReply:
		return nil
	}
	return []string{fmt.Sprintf("carries a %v, which servers do not send", down.Type())}
}
