package match

// Bounds of an expression. They keep the time and memory of compiling and of
// matching small whatever the expression and the message say.
const (
	maxSource   = 16384 // bytes of the expression
	maxNodes    = 2000  // nodes of the tree
	maxBrackets = 100   // brackets inside brackets
	maxCalls    = 4     // calls inside calls: expr checks the inner ones again for every form of the outer one
	maxLoops    = 2     // predicates inside predicates, such as any(a, any(b, ...))
	maxMemory   = 1e6   // expr's budget, in elements of the lists that it makes
)

// Bounds of what is looked at, so that a hostile message costs little more than
// an honest one. They give a client no power: what is beyond them it could as
// well have left out.
const (
	maxTexts    = 16  // of a list of texts
	maxIntegers = 128 // of a list of integers
	maxText     = 512 // octets of a text that a message holds
)

// short gives what is looked at of a text.
func short(b []byte) []byte { return b[:min(len(b), maxText)] }

// builtins says which of expr's functions can be used: those that give the
// same answer for the same message, cost little, make nothing that grows, and
// have an answer for every value, so that no client can make them fail.
func builtins(name string) bool {
	switch name {
	case "len", "string", "lower", "upper", "trim", "trimPrefix", "trimSuffix",
		"hasPrefix", "hasSuffix", "indexOf", "lastIndexOf", "abs":
		return true
	}
	return loops(name)
}

func loops(name string) bool {
	switch name {
	case "all", "none", "any", "one", "filter", "count":
		return true
	}
	return false
}
