package pipelinetest

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/explain"
)

// Explain tells what became of the last messages of a machine, at most so many, as
// stage6 explain does, but for how long it took and the folder of the configuration.
func (s *Server) Explain(of string, last int) string {
	s.t.Helper()
	told, err := s.explainer().Explain(context.Background(), api.ExplainQuery{Of: of, Last: last})
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	for i := range told.Exchanges {
		x := &told.Exchanges[i]
		x.Timing = api.ExplainedTiming{}
		if err := explain.Story(&b, x, time.UTC); err != nil {
			s.t.Fatal(err)
		}
		b.WriteString("\n")
	}
	if err := explain.Hints(&b, told.Hints); err != nil {
		s.t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), s.folder+"/", "")
}

func (s *Server) explainer() *explain.Explainer {
	return &explain.Explainer{
		Ring:  s.history,
		Hosts: func() *host.Registry { return s.parts.Hosts },
		Holder: func(p netip.Prefix) *api.ExplainedHolder {
			h, ok := s.table.Holder(p)
			if !ok {
				return nil
			}
			return explain.Holding(h.Binding, p, s.time())
		},
		Surroundings: explain.Surroundings{Now: s.time, Interface: s.interfaceName, Advice: s.advice, LinkNames: s.linkNames},
	}
}

func (s *Server) interfaceName(index uint32) string {
	if i := int(index) - 1; i >= 0 && i < len(s.ifaces) {
		return s.ifaces[i].Name
	}
	return ""
}

func (s *Server) linkNames() (names []string) {
	for _, l := range s.links().Links() {
		names = append(names, l.Name)
	}
	return names
}

// SetAdvice says what Explain is to tell of the router advertisements of links.
func (s *Server) SetAdvice(advice func(link string) string) { s.advised = advice }

func (s *Server) advice(link string) string {
	if s.advised == nil {
		return ""
	}
	return s.advised(link)
}
