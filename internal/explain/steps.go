package explain

import (
	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/stage"
)

// steps tells what became of each plugin, and what they said.
func (t *telling) steps() {
	seen := map[int]history.NotedStep{}
	reached := 0
	for _, s := range t.x.Noted {
		seen[int(s.Number)] = s
		reached = max(reached, int(s.Number))
	}
	notes := map[string][]string{}
	for _, n := range t.x.Trace.Notes {
		if n.IA < 0 {
			notes[n.By] = append(notes[n.By], n.Text)
		}
	}
	for i, role := range t.x.Cast.Steps {
		if role.Apart {
			continue
		}
		s, noted := seen[i+1]
		step := api.ExplainedStep{Name: role.Name, Plugin: role.Plugin, Did: "called", Notes: notes[role.Name]}
		switch {
		case noted:
			step.Did = did(s.End)
		case i+1 > reached:
			step.Did = "not-reached"
		}
		if role.When != "" {
			step.When = role.When
		}
		if step.Plugin == step.Name {
			step.Plugin = ""
		}
		t.out.Steps = append(t.out.Steps, step)
	}
}

func did(e exchange.StepEnd) string {
	switch e {
	case exchange.Unmatched:
		return "unmatched"
	case exchange.Answered:
		return "answered"
	case exchange.Dropped:
		return "dropped"
	case exchange.LeftOut:
		return "left-out"
	case exchange.Untried:
		return "untried"
	}
	return "called"
}

// stageAndTags tells who set the stage and the tags: the step after which they were
// different.
func (t *telling) stageAndTags() {
	x := t.x
	t.out.Stage = api.ExplainedStage{Stage: x.Stage.String()}
	tags, at := 0, stage.Unknown
	for _, s := range x.Noted {
		by := t.name(int(s.Number))
		for ; tags < int(s.Tags) && tags < len(x.Tags); tags++ {
			t.out.Tags = append(t.out.Tags, api.ExplainedTag{Tag: x.Tags[tags], By: by})
		}
		if s.Stage != at {
			at = s.Stage
			t.out.Stage.By, t.out.Stage.Why = by, t.lastNote(by)
		}
	}
}

// name gives the name of a step.
func (t *telling) name(number int) string {
	if number > 0 && number <= len(t.x.Cast.Steps) {
		return t.x.Cast.Steps[number-1].Name
	}
	return "a plugin of before the reload"
}

// lastNote gives what a step said last of the whole exchange.
func (t *telling) lastNote(by string) (text string) {
	for _, n := range t.x.Trace.Notes {
		if n.By == by && n.IA < 0 {
			text = n.Text
		}
	}
	return text
}
