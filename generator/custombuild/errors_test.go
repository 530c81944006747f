package custombuild

import (
	"errors"
	"testing"
)

// TestAdviceIsGivenForWhatGoSays has what the go command says in such cases.
func TestAdviceIsGivenForWhatGoSays(t *testing.T) {
	const isThePathRight = "Is the import path right? For a private module set GOPRIVATE and the credentials of git; --with PATH=FOLDER takes one from this machine."
	for name, c := range map[string]struct{ says, want string }{
		"Go is too old": {
			"go: local/example.org/x requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)",
			"Install Go 1.99 or newer from https://go.dev/dl/, or set GOTOOLCHAIN=auto, which fetches it.",
		},
		"a version that is not served": {
			"go: example.org/x@v9.9.9: reading https://proxy.example.org/example.org/x/@v/v9.9.9.info: 404 Not Found",
			"There is no version v9.9.9: list those that there are with: go list -m -versions example.org/x",
		},
		"a revision that is unknown": {
			"go: github.com/a/b@v9.9.9: invalid version: unknown revision v9.9.9",
			"There is no version v9.9.9: list those that there are with: go list -m -versions github.com/a/b",
		},
		"a version that a proxy of files does not have": {
			"go: example.org/x@v9.9.9: reading file:///proxy/example.org/x/@v/v9.9.9.info: no such file or directory",
			"There is no version v9.9.9: list those that there are with: go list -m -versions example.org/x",
		},
		"a module that a proxy does not give": {
			"go: module example.org/x: reading https://proxy.example.org/example.org/x/@v/list: 403 Forbidden",
			isThePathRight,
		},
		"a module that is not there": {
			"go: module github.com/a/b: git ls-remote -q origin in /x: exit status 128:\n\tremote: Repository not found.",
			isThePathRight,
		},
		"a host that answers otherwise": {
			`go: unrecognized import path "example.org/x": reading https://example.org/x?go-get=1: 404 Not Found`,
			isThePathRight,
		},
		"no network": {
			`go: example.org/x@v1.0.0: Get "https://proxy.example.org/example.org/x/@v/v1.0.0.mod": dial tcp: lookup proxy.example.org: no such host`,
			"The module could not be fetched: is the network there? GOPROXY names where modules come from; --with PATH=FOLDER takes one from this machine.",
		},
		"no proxy": {
			"go: example.org/x@v1.0.0: module lookup disabled by GOPROXY=off",
			"GOPROXY=off keeps modules from being fetched: unset it, or take the module from this machine with --with PATH=FOLDER.",
		},
		"a package that the module does not have": {
			"go: module example.org/x@upgrade found (v1.0.0), but does not contain package example.org/x/y",
			"The module has no package example.org/x/y: look for its folder there, or choose a version that has it with --with example.org/x/y@VERSION.",
		},
		"another stage6": {
			"go: example.org/x@upgrade (v1.2.0) requires github.com/stage6/stage6@v1.5.0, not github.com/stage6/stage6@v1.4.0",
			"example.org/x needs another stage6: choose it with --stage6 v1.5.0, or an older version of the plugin.",
		},
		"a package without a plugin": {
			"./plugins_gen.go:15:5: undefined: px.Plugin",
			"The package exports no Plugin. It wants: var Plugin = pipeline.Define(...)",
		},
		"a plugin of CoreDHCP": {
			"./plugins_gen.go:15:14: px.Plugin.From undefined (type plugins.Plugin has no field or method From)",
			"Its Plugin is no plugin of stage6's, which pipeline.Define makes; one of CoreDHCP's cannot be used as it is.",
		},
		"a mistake in the plugin": {"local/example.org/x/x.go:3:1: syntax error: unexpected name", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := advise(c.says); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestAStepThatFailsSaysWhatAndWhatHelps(t *testing.T) {
	err := failure(stepVersions, errors.New("go get failed"), "go: a\n\tb: dial tcp\n")
	const want = "versions: go get failed\n  go: a\n  \tb: dial tcp\n" +
		"The module could not be fetched: is the network there? GOPROXY names where modules come from; --with PATH=FOLDER takes one from this machine."
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}
