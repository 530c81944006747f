package validate

import "testing"

func TestAReplyHasWhatTheAdvertiseSaid(t *testing.T) {
	dns, url := opt(dnsServers, mustAddr("2001:db8::53")), opt(bootFileURL, "http://[2001:db8::2]/x")
	none := ia(iaNA, 1, 0, 0, state(noAddrsAvail))
	const rule = "an Advertise has what"
	for name, c := range map[string]struct {
		again        []byte // the options that the Request asks for
		offer, given [][]byte
		breaks       []string
	}{
		"the same":                               {asks(dnsServers), [][]byte{dns, na(1, address)}, [][]byte{dns, na(1, address)}, nil},
		"another address":                        {asks(dnsServers), [][]byte{na(1, address)}, [][]byte{na(1, addr("2001:db8::2", 3600, 7200))}, nil},
		"an option less":                         {asks(dnsServers), [][]byte{dns, na(1, address)}, [][]byte{na(1, address)}, []string{rule}},
		"an option more":                         {asks(dnsServers), [][]byte{na(1, address)}, [][]byte{dns, na(1, address)}, []string{rule}},
		"an option that is not asked for again":  {asks(), [][]byte{dns, na(1, address)}, [][]byte{na(1, address)}, nil},
		"an option that was not asked for first": {asks(bootFileURL), [][]byte{na(1, address)}, [][]byte{url, na(1, address)}, nil},
		"the address is gone":                    {asks(), [][]byte{na(1, address)}, [][]byte{none}, []string{rule}},
		"there was none":                         {asks(), [][]byte{none}, [][]byte{none}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			compare(t, c.breaks, Checker{}.Kept(Promise{
				Solicit: msg(solicit, client, asks(dnsServers), na(1)), Advertise: msg(advertise, append(c.offer, client, server)...),
				Request: msg(request, client, server, c.again, na(1)), Reply: msg(reply, append(c.given, client, server)...),
			}))
		})
	}
}

func TestAPromiseThatCannotBeReadIsSaid(t *testing.T) {
	compare(t, []string{readable}, Checker{}.Kept(Promise{Solicit: msg(solicit, client), Advertise: []byte{advertise}}))
}

func BenchmarkAnswer(b *testing.B) {
	sent := msg(solicit, client, asks(dnsServers), na(1), pd(1))
	got := msg(advertise, client, server, na(1, address), pd(1, block), opt(dnsServers, mustAddr("2001:db8::53")))
	for b.Loop() {
		Checker{}.Answer(sent, got)
	}
}
