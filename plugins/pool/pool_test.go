package pool

import (
	"context"
	"testing"

	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/hosts"
	"github.com/stage6/stage6/plugins/identify"
)

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{Plugin, hosts.Plugin, identify.Plugin, pipeline.Define("option", newOption).WithDryRun()})
}

// newOption makes a handler that sets options as a plugin does.
func newOption(o optiontext.Values, _ pipeline.Env) (pipeline.Handler, error) {
	return pipeline.HandlerFunc(func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
		for _, one := range o {
			x.SetOption(one)
		}
		return pipeline.Continue, nil
	}), nil
}
