package netlab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Process is a program that runs in a namespace.
type Process struct {
	// Output is what it wrote to standard output and standard error.
	Output *Output

	cmd  *exec.Cmd
	done chan struct{}
	err  error // valid once done is closed
}

// Spawn starts a program in the background. env is added to our own environment.
// The program dies with the namespace at the latest.
func (n *Namespace) Spawn(env []string, name string, args ...string) (*Process, error) {
	p := &Process{Output: new(Output), done: make(chan struct{})}
	err := n.inside(func() error {
		p.cmd = exec.Command(name, args...)
		p.cmd.Env = append(os.Environ(), env...)
		p.cmd.Dir = "/"
		p.cmd.Stdout, p.cmd.Stderr = p.Output, p.Output
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		return p.cmd.Start()
	})
	if err != nil {
		return nil, fmt.Errorf("%s: start %q: %w", n.Name, name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// Run runs a program to its end and returns what it wrote. The error of a
// program that failed shows that, too.
func (n *Namespace) Run(ctx context.Context, name string, args ...string) (string, error) {
	p, err := n.Spawn(nil, name, args...)
	if err != nil {
		return "", err
	}
	if err := p.Wait(ctx); err != nil {
		p.Kill()
		return p.Output.String(), fmt.Errorf("%s: %s %q: %w\n%s", n.Name, name, args, err, p.Output)
	}
	return p.Output.String(), nil
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the end of the program; the error tells of a bad exit code.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Signal sends a signal to the program, not to its children.
func (p *Process) Signal(signal os.Signal) error { return p.cmd.Process.Signal(signal) }

// Kill ends the program and the children in its process group, kill -9, and
// waits until it is gone.
func (p *Process) Kill() {
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

// Stop asks the program to end (SIGTERM) and waits for that. When ctx ends
// first, the program is killed.
func (p *Process) Stop(ctx context.Context) error {
	if err := p.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	if err := p.Wait(ctx); errors.Is(err, context.Cause(ctx)) && ctx.Err() != nil {
		p.Kill()
		return fmt.Errorf("stop %q: %w", p.cmd.Path, err)
	}
	return nil
}

// WaitOutput waits until the program has written want; it fails at once when the
// program ends without.
func (p *Process) WaitOutput(ctx context.Context, from int, want string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-p.done:
			cancel(fmt.Errorf("%q ended", p.cmd.Path))
		case <-stop:
		}
	}()
	return p.Output.Wait(ctx, from, want)
}

// PID is the number of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Used is the processor time that the program took, its own and the kernel's for it;
// 0 until it has ended.
func (p *Process) Used() time.Duration {
	select {
	case <-p.done:
		return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	default:
		return 0
	}
}
