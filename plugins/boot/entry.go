package boot

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/stage6/stage6/internal/firmware"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/stage"
)

// entry is one entry of the table as it is written.
type entry struct {
	at   strict.Node
	what written
}

// written is the settings of an entry.
type written struct {
	When       strict.Node
	Stage      []stageText
	Method     []methodText
	Arch       []archText
	URL        strict.Node `yaml:"url"`
	Params     []strict.Node
	Local      bool
	Script     strict.Node
	Preference *uint8
}

// DecodeNode reads a map.
func (e *entry) DecodeNode(n strict.Node) error {
	e.at = n
	if err := strict.Decode(n, &e.what); err != nil {
		return err
	}
	return e.what.check(n)
}

// check says what the settings of one entry lack, or have too much.
func (w *written) check(n strict.Node) error {
	has := func(n strict.Node) bool { return n.Kind() != strict.Null }
	switch {
	case has(w.URL) && w.Local:
		return w.URL.Err("there is no URL where machines boot from the disk (local: true)")
	case !has(w.URL) && !w.Local:
		return n.Err("want url, or local: true for machines that boot from the disk")
	case has(w.Script) && !w.Local:
		return w.Script.Err("script is for local: true; other entries have url")
	case len(w.Params) > 0 && w.Local:
		return w.Params[0].Err("there are no parameters without url")
	}
	return nil
}

// rule makes the rule of an entry.
func (t *table) rule(e *entry, m *means) (r rule, err error) {
	w := &e.what
	r = rule{at: e.at.Place(), note: "the entry at " + e.at.Pos(), filter: w.filter(), preference: w.Preference}
	if r.preference == nil {
		r.preference = t.preference
	}
	var errs [4]error
	r.when, errs[0] = compile(w.When, m.match)
	r.url, errs[1] = optional(w.URL, m)
	if w.Local {
		r.script, errs[2] = optional(firstOf(w.Script, t.script), m)
	}
	texts, err := firmware.ReadParams(w.Params)
	if err == nil {
		r.params, err = firmware.Params(texts)
	}
	errs[3] = e.at.Wrap(err)
	return r, strict.Join(errs[:]...)
}

// filter gives what the entry asks of a client.
func (w *written) filter() filter {
	f := filter{stages: setOf(w.Stage), methods: setOf(w.Method)}
	for _, a := range w.Arch {
		f.archs = append(f.archs, a.archs...)
	}
	slices.Sort(f.archs)
	f.archs = slices.Compact(f.archs)
	return f
}

// compile compiles an expression, if there is one.
func compile(n strict.Node, match *pipeline.Expressions) (*pipeline.Expression, error) {
	if n.Kind() == strict.Null {
		return nil, nil
	}
	text, err := n.Text()
	if err != nil {
		return nil, err
	}
	e, err := match.Compile(text)
	return e, n.Wrap(err)
}

// optional reads a template, if there is one.
func optional(n strict.Node, m *means) (*template, error) {
	if n.Kind() == strict.Null {
		return nil, nil
	}
	return newTemplate(n, m)
}

func firstOf(a, b strict.Node) strict.Node {
	if a.Kind() != strict.Null {
		return a
	}
	return b
}

// stageText is a stage of the machine.
type stageText stage.Stage

// UnmarshalText reads the name of a stage.
func (s *stageText) UnmarshalText(text []byte) error {
	var read stage.Stage
	if err := read.UnmarshalText(text); err != nil {
		return err
	}
	if read == stage.Unknown {
		return fmt.Errorf("stage %q: want firmware, loader, installer or final", text)
	}
	*s = stageText(read)
	return nil
}

// methodText is a method.
type methodText method

// UnmarshalText reads the name of a method.
func (m *methodText) UnmarshalText(text []byte) error {
	for known := pxe; known < methods; known++ {
		if known.String() == string(text) {
			*m = methodText(known)
			return nil
		}
	}
	return fmt.Errorf("method %q: want pxe, http, ipxe or ztp", text)
}

// archText is an architecture, with all the numbers that mean it.
type archText struct{ archs []pipeline.Arch }

// UnmarshalText reads the name or number of an architecture. 7 and 9 are one:
// firmware writes either.
func (a *archText) UnmarshalText(text []byte) error {
	if a.archs = pipeline.ArchsNamed(string(text)); a.archs != nil {
		return nil
	}
	n, err := strconv.ParseUint(string(text), 10, 16)
	if err != nil {
		return fmt.Errorf("architecture %q: want a number of option 61, or %s", text, strings.Join(pipeline.ArchNames(), ", "))
	}
	a.archs = []pipeline.Arch{pipeline.Arch(n)}
	if n == 7 || n == 9 {
		a.archs = []pipeline.Arch{7, 9}
	}
	return nil
}
