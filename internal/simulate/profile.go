package simulate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stage6/stage6/stage"
)

// Profile is a program that asks for addresses: how it writes its messages, who
// it says that it is, how it waits, and what it makes of an answer.
type Profile struct {
	Name  string // such as uefi-pxe
	Title string // for people
	Stage stage.Stage

	solicit, request form
	release          form // nil: it keeps what it has
	inform           form // instead of solicit: it wants no address

	duid   duidMaker
	na, pd iaidMaker // nil for no such identity association
	xids   xidRule
	judge  judge
	pauses pauses

	userClass bool // whether it can be told one
	captured  bool // whether its messages are those of a capture
}

// pauses are the times that a real program takes.
type pauses struct {
	start  time.Duration   // before its first message
	offers time.Duration   // for more offers than the first
	work   time.Duration   // with what it got, before it gives the address back or the next program runs
	tries  []time.Duration // after each Solicit, for an answer; nil for RFC 9915 section 15
}

// live says whether the program is another one at every start.
func (p *Profile) live() bool { return p.Stage != stage.Final }

// installs says whether the program makes another installed system.
func (p *Profile) installs() bool { return p.Stage == stage.Installer }

// IsCaptured says whether the messages are those of a capture of the program, and
// not only after its public sources.
func (p *Profile) IsCaptured() bool { return p.captured }

// HasUserClass says whether the program can be told to send a user class.
func (p *Profile) HasUserClass() bool { return p.userClass }

// Profiles lists all programs, in the order of a boot.
func Profiles() []*Profile {
	return slices.Concat(firmware(), loaders(), installers(), systems())
}

// Plan is the programs of a machine: the stages follow each other, the programs
// of one stage run at the same time.
type Plan [][]*Profile

// DefaultPlan is a machine that boots by PXE, is installed and comes up.
const DefaultPlan = "uefi-pxe+uefi-ip6,ipxe,anaconda,networkd"

// ParsePlan reads a plan: names with a comma between those that follow each
// other and a plus sign between those that run at the same time.
func ParsePlan(text string) (Plan, error) {
	known := Profiles()
	var plan Plan
	for group := range strings.SplitSeq(text, ",") {
		var programs []*Profile
		for name := range strings.SplitSeq(group, "+") {
			p, err := lookup(known, strings.TrimSpace(name))
			if err != nil {
				return nil, err
			}
			programs = append(programs, p)
		}
		plan = append(plan, programs)
	}
	return plan, nil
}

func lookup(known []*Profile, name string) (*Profile, error) {
	names := make([]string, len(known))
	for i, p := range known {
		if names[i] = p.Name; p.Name == name {
			return p, nil
		}
	}
	return nil, fmt.Errorf("profile %q: want %s", name, strings.Join(names, ", "))
}

// system gives the first installed system of the plan, or nil.
func (p Plan) system() *Profile {
	for _, program := range p.Programs() {
		if program.Stage == stage.Final {
			return program
		}
	}
	return nil
}

// Programs lists the programs of the plan, each once, in their order.
func (p Plan) Programs() (out []*Profile) {
	for _, programs := range p {
		for _, program := range programs {
			if !slices.ContainsFunc(out, func(o *Profile) bool { return o.Name == program.Name }) {
				out = append(out, program)
			}
		}
	}
	return out
}
