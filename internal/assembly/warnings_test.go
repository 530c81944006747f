package assembly_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/pipeline"
)

// sets is a handler that can set one tag.
type sets string

func (sets) Handle(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
	return pipeline.Continue, nil
}

func (s sets) Tags() []string { return []string{string(s)} }

func TestTagsThatNobodySetsAreWarnedOf(t *testing.T) {
	all := append(plugins(),
		pipeline.Define("sets", func(tag string, _ pipeline.Env) (pipeline.Handler, error) { return sets(tag), nil }),
		pipeline.Define("asks", func(source string, env pipeline.Env) (pipeline.Handler, error) {
			_, err := env.Match.Compile(source)
			return pipeline.HandlerFunc(sets("").Handle), err
		}),
	)
	for name, tc := range map[string]struct {
		list string
		want []string
	}{
		"one that is set":                   {"    - sets: rhel\n    - asks: tag.rhel\n      when: tag.rhel\n", nil},
		"one that is set later in the list": {"    - asks: tag.rhel\n    - sets: rhel\n", nil},
		"one in a condition": {
			"    - sets: rhel\n    - asks: relays == 0\n      when: tag.rehl\n",
			[]string{`config.yml:5:13: unknown tag "rehl", did you mean "rhel"? (known: rhel): nobody sets it`},
		},
		"one in an expression of a plugin, twice": {
			"    - sets: rhel\n    - asks: tag.debian or not tag.debian\n",
			[]string{`config.yml:4:7: unknown tag "debian" (known: rhel): nobody sets it`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := assemble(t, all, tc.list)
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Warnings(assembly.Links(nil, nil, false)); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestConditionBesideAStepOfTheServerIsWarnedOf(t *testing.T) {
	const list = "    - server_id: x\n      when: relays == 0\n    - sets: rhel\n      when: relays == 0\n"
	all := append(plugins(), pipeline.Define("sets", func(tag string, _ pipeline.Env) (pipeline.Handler, error) { return sets(tag), nil }))
	a, err := assemble(t, all, list)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"config.yml:3:7: server_id: the condition has no effect, since the plugin configures the server itself"}
	if got := a.Warnings(assembly.Links(nil, nil, false)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
