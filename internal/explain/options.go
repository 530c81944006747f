package explain

import (
	"cmp"
	"slices"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// protocol are the options that are the server's own business: who they are from need
// not be told.
var protocol = []uint16{1, 2, 3, 7, 13, 14, 25}

// options tells which options were sent, by whom, which were not and why, and what
// the client asked for and nobody has.
func (t *telling) options() {
	var withheld []api.ExplainedOption
	for i := range t.x.Options {
		o := &t.x.Options[i]
		if o.Verdict != exchange.Sent {
			withheld = append(withheld, api.ExplainedOption{
				Code: o.Key.Code, Enterprise: o.Key.Enterprise, Name: optionName(o.Key.Code), By: o.By, Why: why(o),
			})
		}
	}
	for code, data := range t.reply.All() {
		if !slices.Contains(protocol, code) {
			_, value := dhcptext.Option(code, data)
			t.out.Options = append(t.out.Options, api.ExplainedOption{Code: code, Name: optionName(code), Value: value, By: t.proposer(code, data), Sent: true})
		}
	}
	t.out.Options = append(t.out.Options, withheld...)
	if len(t.x.Reply) > 0 {
		t.unserved()
	}
}

// optionName gives a short name, or that of the RFC.
func optionName(code uint16) string {
	name, _ := dhcptext.Option(code, nil)
	return cmp.Or(name, dhcpv6.OptionCode(code).String())
}

// proposer says whose an option of the reply is.
func (t *telling) proposer(code uint16, data []byte) string {
	key := exchange.OptionKey{Code: code}
	if len(data) >= 4 && (code == 16 || code == 17) {
		key = exchange.KeyOf(16, data)
		key.Code = code
	}
	for i := range t.x.Options {
		if o := &t.x.Options[i]; o.Key == key && o.Verdict == exchange.Sent {
			return o.By
		}
	}
	if code == 39 {
		return "server"
	}
	return "server6"
}

// why says why a proposed option was not sent.
func why(o *history.Option) string {
	switch o.Verdict {
	case exchange.NotAsked:
		return "the client did not ask for it"
	case exchange.Never:
		return "server6.never says so"
	case exchange.Elsewhere:
		return "it is for Information-requests only"
	case exchange.NotFirst:
		return o.For + " has set it"
	case exchange.Replaced:
		return o.For + " has put its own in the place"
	case exchange.TakenBack:
		if o.For == "server" && o.Key.Code == 60 {
			return "PXE firmware would drop the offer: it reads the first parameter as a file size"
		}
		return o.For + " has taken it back"
	}
	return ""
}

// unserved adds what the client asked for and nobody proposed.
func (t *telling) unserved() {
	for _, code := range t.m.RequestedCodes() {
		has := func(o api.ExplainedOption) bool { return o.Code == code }
		if slices.Contains(protocol, code) || slices.ContainsFunc(t.out.Options, has) {
			continue
		}
		t.out.Options = append(t.out.Options, api.ExplainedOption{Code: code, Name: optionName(code), Why: "no plugin has set it"})
	}
}
