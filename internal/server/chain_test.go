package server_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/pipeline"
)

type handler = func(context.Context, *pipeline.Exchange) (pipeline.Action, error)

// step makes a step that logs to log.
func step(name string, log *bytes.Buffer, h handler) *server.Step {
	l := logrus.New()
	l.SetOutput(log)
	return &server.Step{Name: name, Handler: pipeline.HandlerFunc(h), Log: l.WithField("plugin", name)}
}

func act(a pipeline.Action, err error) handler {
	return func(context.Context, *pipeline.Exchange) (pipeline.Action, error) { return a, err }
}

func TestSteps(t *testing.T) {
	expressions := pipeline.NewExpressions()
	for _, c := range []struct {
		name   string
		when   string
		first  handler
		second bool   // whether the second step is reached
		drop   string // the reason for which there is no reply
	}{
		{"an exchange goes on to the next", "", act(pipeline.Continue, nil), true, ""},
		{"answer skips the others", "", act(pipeline.Answer, nil), false, ""},
		{"drop ends the exchange", "", act(pipeline.Drop, nil), false, "plugin"},
		{"an error drops the exchange", "", act(pipeline.Continue, errors.New("broken")), false, "plugin-error"},
		{"a condition that does not hold skips the step", `type == "solicit"`, act(pipeline.Drop, nil), true, ""},
		{"a condition that holds does not", `type == "information-request"`, act(pipeline.Drop, nil), false, "plugin"},
		{"a panic drops the exchange", "", func(context.Context, *pipeline.Exchange) (pipeline.Action, error) { panic("broken") }, false, "plugin-panic"},
		{"a nil dereference drops the exchange", "", func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
			return pipeline.Continue, errors.New(x.Host().Name)
		}, false, "plugin-panic"},
		{"a drop with a reason is counted by it", "", func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
			return x.Drop("no-such-luck")
		}, false, "no-such-luck"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			first, reached := step("first", &log, c.first), false
			if c.when != "" {
				var err error
				if first.When, err = expressions.Compile(c.when); err != nil {
					t.Fatal(err)
				}
			}
			srv := newServer(server.Settings{}, first, step("second", &log, func(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
				reached = true
				return pipeline.Continue, nil
			}))
			_, drop := serve(t, srv.NewWorker(), arrival(), direct)
			if drop != c.drop || reached != c.second {
				t.Errorf("dropped %q, second step reached %t; want %q, %t", drop, reached, c.drop, c.second)
			}
			if n := srv.Counters().Snapshot()["dropped_"+drop]; drop != "" && n != 1 {
				t.Errorf("counted %d times, want once", n)
			}
		})
	}
}

func TestAServerGoesOnAfterAPanic(t *testing.T) {
	var log bytes.Buffer
	panics := true
	w := newServer(server.Settings{}, step("moody", &log, func(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
		if panics {
			panic("a bad day")
		}
		return pipeline.Continue, nil
	})).NewWorker()
	for range 3 {
		if _, drop := serve(t, w, arrival(), direct); drop != "plugin-panic" {
			t.Fatalf("dropped %q, want plugin-panic", drop)
		}
	}
	panics = false
	if _, drop := serve(t, w, arrival(), direct); drop != "" {
		t.Errorf("the next message is dropped: %s", drop)
	}
	text := log.String()
	if n := strings.Count(text, "level=error"); n != 1 {
		t.Errorf("%d lines in the log, want one in ten seconds:\n%s", n, text)
	}
	for _, want := range []string{"plugin=moody", "a bad day", "chain_test.go"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log does not say %q:\n%s", want, text)
		}
	}
}

// panicker breaks when it is asked who the client is.
type panicker struct{}

func (panicker) Identify(*pipeline.Exchange) { panic("who knows") }

func (panicker) Handle(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
	return pipeline.Continue, nil
}

func TestAPanicInASourceOfIdentityDropsTheExchange(t *testing.T) {
	var log bytes.Buffer
	s := step("broken", &log, nil)
	s.Handler = panicker{}
	if _, drop := serve(t, newServer(server.Settings{}, s).NewWorker(), arrival(), direct); drop != "plugin-panic" {
		t.Errorf("dropped %q, want plugin-panic", drop)
	}
	if text := log.String(); !strings.Contains(text, "plugin=broken") || !strings.Contains(text, "who knows") {
		t.Errorf("the log does not say which plugin failed and why:\n%s", text)
	}
}
