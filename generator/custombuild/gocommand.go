package custombuild

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// killTime is how long a command that was told to end may still take.
const killTime = 10 * time.Second

// goCommand runs the go command for a step.
type goCommand struct {
	step    string
	dir     string
	verbose io.Writer // also gets the commands and what they say; nil: nobody
}

// run runs go with arguments and gives what it prints. Modules are as the
// folder's go.mod says, whatever workspace the user is in; nothing is linked
// dynamically.
func (g goCommand) run(ctx context.Context, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = g.dir
	c.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0", "PWD="+g.dir)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = killTime
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if g.verbose != nil {
		_, _ = io.WriteString(g.verbose, "  "+c.String()+"\n")
		c.Stderr = io.MultiWriter(&stderr, g.verbose)
	}
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		return nil, &StepError{Step: g.step, Err: context.Cause(ctx)}
	case errors.Is(err, exec.ErrNotFound):
		return nil, failure(g.step, errors.New("there is no go command in PATH"), "")
	case err != nil:
		return stdout.Bytes(), failure(g.step, errors.New("go "+verb(args)+" failed"), stderr.String())
	}
	return stdout.Bytes(), nil
}

// verb gives the words of a go command before its flags, such as mod download.
func verb(args []string) string {
	if args[0] == "mod" {
		return args[0] + " " + args[1]
	}
	return args[0]
}

// git runs git in a folder and gives what it prints.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	c.Env = append(os.Environ(), "TZ=UTC")
	out, err := c.Output()
	return strings.TrimSpace(string(out)), err
}
