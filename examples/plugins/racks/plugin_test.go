package racks

import (
	"testing"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/option"
)

func plugins() []pipeline.Plugin { return []pipeline.Plugin{Plugin, option.Plugin} }

func TestExchanges(t *testing.T) { pipelinetest.Run(t, "testdata/*.txtar", plugins()) }

func TestNumbers(t *testing.T) {
	for text, want := range map[string]int{"07": 7, "12": 12, "00": 0} {
		if n, ok := number([]byte(text)); n != want || !ok {
			t.Errorf("%s is %d, %v; want %d", text, n, ok, want)
		}
	}
	if _, ok := number([]byte("1x")); ok {
		t.Error("1x is a number")
	}
}

func TestTheREADMEWorks(t *testing.T) { pipelinetest.Examples(t, "README.md", plugins()) }
