package pipeline_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

func TestSuggestionsStandUntilSomebodyDecides(t *testing.T) {
	one, two := grant("2001:db8::1/128"), grant("2001:db8::2/128")
	for name, tc := range map[string]struct {
		say     func(pipeline.IA)
		want    string // the grant that stands
		decided bool
	}{
		"a suggestion alone": {func(ia pipeline.IA) { ia.Suggest(one) }, "2001:db8::1/128", false},
		"a second one": {func(ia pipeline.IA) {
			ia.Suggest(one)
			ia.Suggest(two)
		}, "2001:db8::1/128", false},
		"a proposal after it": {func(ia pipeline.IA) {
			ia.Suggest(one)
			ia.Propose(two)
		}, "2001:db8::2/128", true},
		"a proposal before it": {func(ia pipeline.IA) {
			ia.Propose(two)
			ia.Suggest(one)
		}, "2001:db8::2/128", true},
		"a refusal after it": {func(ia pipeline.IA) {
			ia.Suggest(one)
			ia.Refuse(iana.StatusNoAddrsAvail, "no")
		}, "", true},
		"a refusal before it": {func(ia pipeline.IA) {
			ia.Refuse(iana.StatusNoAddrsAvail, "no")
			ia.Suggest(one)
		}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			x, s := solicit(t)
			ia := x.IAs()[0]
			tc.say(ia)
			got := ""
			if len(s.IAs[0].Grants) > 0 {
				got = s.IAs[0].Grants[0].Prefix.String()
			}
			if got != tc.want || len(s.IAs[0].Grants) > 1 {
				t.Errorf("got %s of %d, want %s", got, len(s.IAs[0].Grants), tc.want)
			}
			if ia.Decided() != tc.decided || ia.Suggested() == tc.decided {
				t.Errorf("decided %v, suggested %v", ia.Decided(), ia.Suggested())
			}
		})
	}
}

func grant(prefix string) pipeline.Grant {
	return pipeline.Grant{Prefix: netip.MustParsePrefix(prefix)}
}

// solicit gives an exchange with one IA_NA.
func solicit(t *testing.T) (*pipeline.Exchange, *exchange.State) {
	t.Helper()
	msg, err := dhcptext.Parse("solicit 0a0b0c\n  client-id 00030001525400aabb01\n  ia-na 1 t1=0 t2=0\n")
	if err != nil {
		t.Fatal(err)
	}
	x := &pipeline.Exchange{}
	s := x.Core().(*exchange.State)
	s.Reset(exchange.Arrival{})
	s.Table = bindings.New(time.Now, bindings.Options{})
	if reason := s.Msg.Decode(msg); reason != wire.OK {
		t.Fatal(reason)
	}
	s.LoadIAs()
	return x, s
}
