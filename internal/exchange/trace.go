package exchange

import (
	"net/netip"
	"time"

	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/stage"
)

// Trace is how an exchange came to its result, where the result does not show it.
// It is bounded, and its memory is reused.
type Trace struct {
	Steps  []Step
	Notes  []Note
	Phases [NumPhases]time.Duration // when each ended, since the server was made; zero: it was not reached
}

// Phase is a part of the way of an exchange.
type Phase uint8

// The phases, in their order.
const (
	Begun      Phase = iota // the datagram was taken up
	Identified              // it is known who the client is
	Proposed                // the plugins have proposed
	Formed                  // the reply is formed, or the exchange dropped
	NumPhases
)

// Step is one step of the pipeline that an exchange came by.
type Step struct {
	Number uint16 // of the step in its generation, from 1
	End    StepEnd
	Tags   uint8       // how many tags the exchange had then
	Stage  stage.Stage // as it was then
}

// StepEnd is what came of a step.
type StepEnd uint8

// The ends of steps.
const (
	Continued StepEnd = iota // it was called, and the next one was
	Unmatched                // its condition did not hold
	Answered                 // it ended the list
	Dropped                  // it dropped the exchange, or failed
	LeftOut                  // it could not be called, or took too long
	Untried                  // it was left out of a dry run
)

// Note is what a step said about why it did something. The text is kept until
// the exchange is recorded.
type Note struct {
	By   string
	IA   int8 // the index of the identity association that it is about, or -1
	Text string
}

// Barred is an address or prefix that a plugin could not have for an identity
// association, with who has it: nil when it is only offered to somebody.
type Barred struct {
	Prefix netip.Prefix
	Holder *lease.Binding
}

// Bounds of what is remembered of one exchange.
const (
	maxSteps = 96
	maxNotes = 24
)

func (t *Trace) reset() {
	t.Steps, t.Notes = t.Steps[:0], t.Notes[:0]
	t.Phases = [NumPhases]time.Duration{}
}

// Step notes what came of a step. Those beyond the first 96 are not noted.
func (s *State) Step(number uint16, end StepEnd) {
	if t := &s.Trace; len(t.Steps) < maxSteps {
		t.Steps = append(t.Steps, Step{number, end, uint8(min(len(s.Tags), 255)), s.Stage})
	}
}

// Note notes why the step that is being run does something, for the identity
// association ia or, where that is nil, for all. The first 24 are kept.
func (s *State) Note(ia *IA, text string) {
	t := &s.Trace
	if len(t.Notes) >= maxNotes {
		return
	}
	n := Note{By: s.Plugin, IA: -1, Text: text}
	for i := range s.IAs {
		if &s.IAs[i] == ia {
			n.IA = int8(i)
		}
	}
	t.Notes = append(t.Notes, n)
}
