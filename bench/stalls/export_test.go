package stalls

// PID gives the process that looks.
func PID(w *Watch) int { return w.command.Process.Pid }
