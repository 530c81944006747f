package identify

import (
	"testing"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline"
)

// asker is a source that waits for a channel.
type asker struct{ known chan struct{} }

func (asker) Find(*pipeline.Exchange) (ident.Evidence, bool) { return ident.Evidence{}, false }
func (a asker) Await(*pipeline.Exchange) <-chan struct{}     { return a.known }

func TestTheFirstSourceThatWorksIsWaitedFor(t *testing.T) {
	ldap, cmdb := make(chan struct{}), make(chan struct{})
	define := func(name string, s pipeline.Source) pipeline.Plugin {
		return pipeline.DefineSource(name, func(struct{}, pipeline.Env) (pipeline.Source, error) { return s, nil })
	}
	sources := []pipeline.Plugin{define("ldap", asker{ldap}), define("cmdb", asker{cmdb}), define("idle", asker{})}
	for settings, want := range map[string]<-chan struct{}{
		"relay ldap cmdb": ldap,
		"cmdb ldap":       cmdb,
		"idle cmdb":       cmdb,
		"idle":            nil,
		"relay eui64":     nil,
		"neighbor":        nil, // of a server without neighbours
	} {
		h, err := made(t, settings, pipeline.Env{Sources: sources})
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Await(&pipeline.Exchange{}); got != want {
			t.Errorf("%s: it waits for %v, want %v", settings, got, want)
		}
	}
}
