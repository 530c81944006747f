package custombuild

import (
	"fmt"
	"regexp"
	"strings"
)

// The steps of a build, as errors and progress name them.
const (
	stepStage6   = "stage6"
	stepModule   = "module"
	stepVersions = "versions"
	stepCompile  = "compile"
	stepTry      = "try"
	stepOutput   = "output"
)

// StepError is the failure of a step of a build.
type StepError struct {
	Step   string
	Err    error
	Output string // what the command of the step said
	Advice string // what to do; empty where that is not known
}

// Error names the step and the cause, then what the command said, a line each,
// then what to do.
func (e *StepError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %v", e.Step, e.Err)
	for line := range strings.Lines(e.Output) {
		fmt.Fprintf(&b, "\n  %s", strings.TrimRight(line, "\n"))
	}
	if e.Advice != "" {
		fmt.Fprintf(&b, "\n%s", e.Advice)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *StepError) Unwrap() error { return e.Err }

// failure makes the error of a command that said something.
func failure(step string, err error, output string) *StepError {
	output = strings.TrimSpace(output)
	return &StepError{Step: step, Err: err, Output: output, Advice: advise(err.Error() + "\n" + output)}
}

// advice is what to do about what the go command says, by a pattern; $1 and so on
// are its groups. The first that matches is taken.
var advice = []struct {
	says *regexp.Regexp
	do   string
}{
	{regexp.MustCompile(`no go command in PATH`), "Install Go, 1.26 or newer, from https://go.dev/dl/ and try again."},
	{regexp.MustCompile(`requires go >= (\S+)`), "Install Go $1 or newer from https://go.dev/dl/, or set GOTOOLCHAIN=auto, which fetches it."},
	{regexp.MustCompile(`(?:checksum mismatch|SECURITY ERROR)`), "What was fetched is not what others got under that version: do not use it, and tell its author. If it is a private module, set GOPRIVATE."},
	{regexp.MustCompile(`module declares its path as: (\S+)`), "Name the plugin by the path that its module declares: $1"},
	{regexp.MustCompile(`(\S+)@\S+(?: \(\S+\))? (?:requires|conflicts with) github\.com/stage6/stage6@(v[^\s,]+)`), "$1 needs another stage6: choose it with --stage6 $2, or an older version of the plugin."},
	{regexp.MustCompile(`(?:dial tcp|TLS handshake timeout|i/o timeout|connection refused|proxyconnect|no such host)`), "The module could not be fetched: is the network there? GOPROXY names where modules come from; --with PATH=FOLDER takes one from this machine."},
	{regexp.MustCompile(`module lookup disabled by GOPROXY=off`), "GOPROXY=off keeps modules from being fetched: unset it, or take the module from this machine with --with PATH=FOLDER."},
	{regexp.MustCompile(`but does not contain package (\S+)`), "The module has no package $1: look for its folder there, or choose a version that has it with --with $1@VERSION."},
	{regexp.MustCompile(`(?:go: )?(\S+?)@(\S+?): (?:.*: )?(?:unknown revision|invalid version|no matching versions|reading \S+: (?:40[34]|410|no such file))`), "There is no version $2: list those that there are with: go list -m -versions $1"},
	{regexp.MustCompile(`(?:40[34] |410 Gone|reading \S+: no such file|repository not found|[Nn]ot found|unrecognized import path|cannot find module providing package|could not read Username|malformed module path)`), "Is the import path right? For a private module set GOPRIVATE and the credentials of git; --with PATH=FOLDER takes one from this machine."},
	{regexp.MustCompile(`undefined: \w+\.Plugin\b`), "The package exports no Plugin. It wants: var Plugin = pipeline.Define(...)"},
	{regexp.MustCompile(`\w+\.Plugin\.From undefined`), "Its Plugin is no plugin of stage6's, which pipeline.Define makes; one of CoreDHCP's cannot be used as it is."},
	{regexp.MustCompile(`is a program, not an importable package`), "Name the package that exports Plugin rather than a program."},
	{regexp.MustCompile(`use of internal package (\S+) not allowed`), "The plugin uses $1, which only its own module may: that is for its author to change."},
	{regexp.MustCompile(`no space left on device`), "Make room, or set TMPDIR and GOCACHE to where some is."},
}

// advise says what to do about what a command said.
func advise(output string) string {
	for _, a := range advice {
		if m := a.says.FindStringSubmatchIndex(output); m != nil {
			return string(a.says.ExpandString(nil, a.do, output, m))
		}
	}
	return ""
}
