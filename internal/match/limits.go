package match

// Bounds of an expression. They keep the time and memory of compiling and of
// matching small whatever the expression and the message say.
const (
	maxSource = 16384 // bytes of the expression
	maxNodes  = 2000  // nodes of the tree
	maxCalls  = 4     // calls inside calls: expr checks the inner ones again for every form of the outer one
	maxLoops  = 2     // predicates inside predicates, such as any(a, any(b, ...))
	maxMemory = 1e6   // expr's budget, in elements of the lists that it makes
)

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
