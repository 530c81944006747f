package server

import (
	"testing"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/link"
)

func TestWhyAClientIsDenied(t *testing.T) {
	na, pd, prov0 := ident.IA{Type: ident.NA}, ident.IA{Type: ident.PD}, &link.Link{Name: "prov0"}
	for name, c := range map[string]struct {
		at             *link.Link
		ia             exchange.IA
		reason, source string
	}{
		"the pool is empty":                     {prov0, exchange.IA{IA: na, Empty: "pool"}, event.PoolEmpty, "pool"},
		"the rest of the pool is for others":    {prov0, exchange.IA{IA: na, Withheld: "deploy"}, event.Withheld, "deploy"},
		"for others, and then an empty one":     {prov0, exchange.IA{IA: na, Withheld: "deploy", Empty: "pool"}, event.PoolEmpty, "pool"},
		"no prefix is left":                     {prov0, exchange.IA{IA: pd, Empty: "prefix"}, event.PoolEmpty, "prefix"},
		"nobody delegates":                      {prov0, exchange.IA{IA: pd}, "", ""},
		"it is on no link":                      {nil, exchange.IA{IA: na}, event.NoLink, ""},
		"no plugin has anything for the client": {prov0, exchange.IA{IA: na}, event.NotOffered, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &exchange.State{Link: c.at}
			if e := denied(s, &c.ia); e.Reason != c.reason || e.Source != c.source {
				t.Errorf("got the reason %q of %q, want %q of %q", e.Reason, e.Source, c.reason, c.source)
			}
		})
	}
}
