package pipeline

import (
	"github.com/stage6/stage6/internal/match"
)

// Expressions compiles match expressions over the facts of an exchange.
type Expressions struct {
	facts *match.Facts[*Exchange]
	tell  func(*Expression) // of what was compiled; may be nil
}

// Expression is a compiled match expression. It is safe for concurrent use.
type Expression struct {
	program *match.Program[*Exchange]
	source  string
}

// FactInfo describes a fact that expressions can read.
type FactInfo struct {
	Name, Type, Doc string
}

// NewExpressions makes a compiler that knows the facts of the server.
func NewExpressions() *Expressions {
	facts := &match.Facts[*Exchange]{}
	declareClient(facts)
	declareDUID(facts)
	declareClasses(facts)
	declareIdentity(facts)
	declarePlace(facts)
	declareRelay(facts)
	declareOptions(facts)
	return &Expressions{facts: facts}
}

// Watched gives a compiler of the same facts that tells of each expression
// that it has compiled.
func (e *Expressions) Watched(tell func(*Expression)) *Expressions {
	return &Expressions{facts: e.facts, tell: tell}
}

// Compile compiles an expression. Its error gives line and column in the
// expression and says what would be right.
func (e *Expressions) Compile(source string) (*Expression, error) {
	p, err := match.Compile(source, e.facts)
	if err != nil {
		return nil, err
	}
	out := &Expression{p, source}
	if e.tell != nil {
		e.tell(out)
	}
	return out, nil
}

// Facts describes the facts, sorted by name.
func (e *Expressions) Facts() (out []FactInfo) {
	for _, f := range e.facts.List() {
		out = append(out, FactInfo(f))
	}
	return out
}

// String gives the expression as it was written.
func (e *Expression) String() string { return e.source }

// Match says whether the exchange matches. An error is one of ours: such as an
// index beyond a list.
func (e *Expression) Match(x *Exchange) (bool, error) { return e.program.Eval(x) }

// Tags gives the names of the tags that the expression asks for, sorted.
func (e *Expression) Tags() []string { return e.program.Tags() }
