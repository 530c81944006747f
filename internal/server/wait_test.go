package server_test

import (
	"context"
	"testing"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/pipeline"
)

// awaited is a source that says something, and may know more later.
type awaited struct {
	says  []ident.Evidence
	await func() <-chan struct{}
}

func (a awaited) Identify(x *pipeline.Exchange) {
	for _, e := range a.says {
		x.AddEvidence(e)
	}
}

func (a awaited) Await(*pipeline.Exchange) <-chan struct{} { return a.await() }

func (awaited) Handle(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
	return pipeline.Continue, nil
}

const informationRequest = `information-request 000001
  client-id 00030001525400aabb01
`

func TestWhichExchangesWait(t *testing.T) {
	mac := ident.Evidence{Kind: ident.EvidenceMAC, MAC: ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1}}
	trusted := mac
	trusted.Trusted = true
	soon := func() <-chan struct{} { return make(chan struct{}) }
	for name, c := range map[string]struct {
		source awaited
		waited bool
		want   bool
	}{
		"one of nobody":                          {awaited{nil, soon}, false, true},
		"one with evidence that is not trusted":  {awaited{[]ident.Evidence{mac}, soon}, false, true},
		"not one with trusted evidence":          {awaited{[]ident.Evidence{mac, trusted}, soon}, false, false},
		"not one that has waited":                {awaited{nil, soon}, true, false},
		"not one for which waiting is of no use": {awaited{nil, func() <-chan struct{} { return nil }}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newServer(server.Settings{}, &server.Step{Name: "identify", Handler: c.source}).NewWorker()
			a := arrival()
			a.Waited = c.waited
			r, reason := serve(t, w, a, informationRequest)
			if reason != "" || (r.Wait != nil) != c.want || (r.Data == nil) != c.want {
				t.Errorf("it waits for %v, is dropped for %q, and answered with %x", r.Wait, reason, r.Data)
			}
		})
	}
}

func TestAMessageThatWaitsIsReceivedOnce(t *testing.T) {
	srv := newServer(server.Settings{}, &server.Step{Name: "identify", Handler: awaited{nil, func() <-chan struct{} { return make(chan struct{}) }}})
	w, a := srv.NewWorker(), arrival()
	serve(t, w, a, informationRequest)
	a.Waited = true
	serve(t, w, a, informationRequest)
	if n := srv.Counters().Snapshot()["received_information-request"]; n != 1 {
		t.Errorf("received %d, want 1", n)
	}
}

func TestAPanicOfASourceThatIsWaitedForDropsTheExchange(t *testing.T) {
	log, hook := logtest.NewNullLogger()
	step := &server.Step{Name: "identify", Handler: awaited{nil, func() <-chan struct{} { panic("oops") }}, Log: logrus.NewEntry(log)}
	_, reason := serve(t, newServer(server.Settings{}, step).NewWorker(), arrival(), informationRequest)
	if reason != "plugin-panic" || len(hook.AllEntries()) != 1 {
		t.Errorf("dropped for %q, %d lines in the log; want plugin-panic and 1", reason, len(hook.AllEntries()))
	}
}
