package identify

import (
	"context"
	"errors"
	"testing"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline"
)

// follower is a source that does something beside the messages.
type follower struct{ ran, closed bool }

func (*follower) Find(*pipeline.Exchange) (ident.Evidence, bool) { return ident.Evidence{}, false }

func (f *follower) Run(context.Context) error {
	f.ran = true
	return errors.New("ran")
}

func (f *follower) Close() error {
	f.closed = true
	return errors.New("closed")
}

func TestWhatSourcesOfOtherPluginsDoBesideTheMessages(t *testing.T) {
	f := &follower{}
	other := pipeline.DefineSource("other", func(struct{}, pipeline.Env) (pipeline.Source, error) { return f, nil })
	h, err := made(t, "relay other", pipeline.Env{Sources: []pipeline.Plugin{other}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Run(t.Context()); err == nil || err.Error() != "ran" || !f.ran {
		t.Errorf("its task gave %v", err)
	}
	if err := h.Close(); err == nil || err.Error() != "closed" || !f.closed {
		t.Errorf("its end gave %v", err)
	}
}
