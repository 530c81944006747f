package validate

import (
	"net/netip"
	"testing"
)

func mustAddr(a string) netip.Addr { return netip.MustParseAddr(a) }

const (
	link1, peer1 = "2001:db8:10::1", "fe80::1"
	link2, peer2 = "::", "fe80::2"
)

// relayCases has, for each rule of levels, one that breaks it.
func relayCases() []answerCase {
	var (
		port  = opt(interfaceID, "port 7")
		odd   = opt(relayPort, uint16(1547))
		up    = msg(solicit, client, na(1))
		down  = msg(advertise, client, server, na(1, address))
		inner = func(kind, hops byte, options ...[]byte) []byte { return relayed(kind, hops, link1, peer1, options...) }
		sent  = inner(relayForward, 1, port, odd, opt(relayMsg, up))
	)
	return []answerCase{
		{"as it went", sent, inner(relayReply, 1, port, odd, opt(relayMsg, down)), nil},
		{"two levels as they went", relayed(relayForward, 1, link2, peer2, opt(relayMsg, sent)), relayed(relayReply, 1, link2, peer2, opt(relayMsg, inner(relayReply, 1, port, odd, opt(relayMsg, down)))), nil},
		{"a Relay-forward for a Relay-reply", sent, inner(relayForward, 1, port, odd, opt(relayMsg, down)), []string{"a Relay-forward is answered by"}},
		{"another hop count", sent, inner(relayReply, 0, port, odd, opt(relayMsg, down)), []string{"each level has the hop count"}},
		{"another hop count inside", relayed(relayForward, 1, link2, peer2, opt(relayMsg, sent)), relayed(relayReply, 1, link2, peer2, opt(relayMsg, inner(relayReply, 7, port, odd, opt(relayMsg, down)))), []string{"each level has the hop count"}},
		{"another link-address", sent, relayed(relayReply, 1, link2, peer1, port, odd, opt(relayMsg, down)), []string{"each level has the link-address"}},
		{"another peer-address", sent, relayed(relayReply, 1, link1, peer2, port, odd, opt(relayMsg, down)), []string{"each level has the link-address"}},
		{"another Interface-Id", sent, inner(relayReply, 1, opt(interfaceID, "port 8"), odd, opt(relayMsg, down)), []string{"each level has the Interface-Id"}},
		{"no Interface-Id", sent, inner(relayReply, 1, odd, opt(relayMsg, down)), []string{"each level has the Interface-Id"}},
		{"an Interface-Id that is made up", inner(relayForward, 1, opt(relayMsg, up)), inner(relayReply, 1, port, opt(relayMsg, down)), []string{"each level has the Interface-Id"}},
		{"another relay port", sent, inner(relayReply, 1, port, opt(relayPort, uint16(547)), opt(relayMsg, down)), []string{"each level has the relay port"}},
		{"no relay port", sent, inner(relayReply, 1, port, opt(relayMsg, down)), []string{"each level has the relay port"}},
		{"nothing in it", sent, inner(relayReply, 1, port, odd), []string{"each level carries one message"}},
		{"two messages in it", sent, inner(relayReply, 1, port, odd, opt(relayMsg, down), opt(relayMsg, down)), []string{"each level carries one message"}},
		{"a level too many", sent, inner(relayReply, 1, port, odd, opt(relayMsg, inner(relayReply, 0, opt(relayMsg, down)))), []string{"a Relay-reply has as many levels"}},
		{"a level too few", relayed(relayForward, 1, link2, peer2, opt(relayMsg, sent)), relayed(relayReply, 1, link2, peer2, opt(relayMsg, down)), []string{"a Relay-reply has as many levels"}},
		{"an option of the client's", sent, inner(relayReply, 1, port, odd, opt(dnsServers, mustAddr("2001:db8::53")), opt(relayMsg, down)), []string{"a level has no options but"}},
		{"a Remote-Id that nobody wants back", inner(relayForward, 1, opt(remoteID, uint32(9), "x"), opt(relayMsg, up)), inner(relayReply, 1, opt(remoteID, uint32(9), "x"), opt(relayMsg, down)), []string{"a level has no options but"}},
		{"a Remote-Id that is wanted back", inner(relayForward, 1, opt(remoteID, uint32(9), "x"), opt(echoRequest, uint16(remoteID)), opt(relayMsg, up)), inner(relayReply, 1, opt(remoteID, uint32(9), "x"), opt(relayMsg, down)), nil},
		{"a wrong answer in it", sent, inner(relayReply, 1, port, odd, opt(relayMsg, msg(reply, client, server, na(1, address)))), []string{"a Solicit is answered by a Reply if"}},
		{"options that break off", sent, append(inner(relayReply, 1, port, odd, opt(relayMsg, down)), 0), []string{readable}},
		{"no header", sent, []byte{relayReply, 1}, []string{readable}},
	}
}

func TestARelayReplyIsHeldAgainstEachRule(t *testing.T) {
	for _, c := range relayCases() {
		t.Run(c.name, func(t *testing.T) {
			compare(t, c.breaks, Checker{}.Relayed(c.sent, c.got))
		})
	}
}

func TestWhatIsConfiguredUnaskedIsNoBreach(t *testing.T) {
	sent := msg(informationRequest, client)
	got := msg(reply, client, server, opt(bootFileURL, "http://[2001:db8::2]/x"))
	compare(t, []string{"an option is sent only"}, Checker{}.Answer(sent, got))
	compare(t, nil, Checker{Unasked: []uint16{bootFileURL}}.Answer(sent, got))
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	for name, c := range map[string]struct{ sent, got []byte }{
		"an answer without a header":          {msg(solicit, client), []byte{advertise}},
		"an answer whose options break off":   {msg(solicit, client), msg(advertise, client, []byte{0})},
		"an option that is longer than told":  {msg(solicit, client), msg(advertise, client, []byte{0, 1, 0, 9, 1})},
		"a client's message without a header": {[]byte{solicit}, msg(advertise, client)},
	} {
		t.Run(name, func(t *testing.T) { compare(t, []string{readable}, Checker{}.Answer(c.sent, c.got)) })
	}
}

func TestAViolationIsToldWithItsRule(t *testing.T) {
	got := Checker{}.Answer(msg(solicit, client), msg(advertise, client))
	const want = "an answer has one server identifier: it has 0 (RFC 9915, 18.3, 21.3)"
	if len(got) != 1 || got[0].String() != want {
		t.Errorf("got %v, want %q", got, want)
	}
}
