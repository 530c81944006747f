package match

// EvalMachine is Eval on expr's machine, whatever the expression.
func (p *Program[T]) EvalMachine(v T) (bool, error) { return p.machine.eval(v) }
