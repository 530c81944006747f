package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stage6/stage6/pipeline"
)

func TestVersionListsSourcesOfIdentity(t *testing.T) {
	plugins := []pipeline.Plugin{
		pipeline.Define("one", func(struct{}, pipeline.Env) (pipeline.Handler, error) { return nil, nil }),
		pipeline.DefineSource("two", func(struct{}, pipeline.Env) (pipeline.Source, error) { return nil, nil }),
	}
	var out, errs bytes.Buffer
	if code := run(context.Background(), plugins, []string{"version"}, &out, &errs); code != 0 || !strings.HasSuffix(out.String(), "\nplugins:\n  one\n\nstores for leases:\n\nsources of identity:\n  two\n") {
		t.Errorf("exit code %d: %s%s", code, &out, &errs)
	}
	out.Reset()
	var v struct{ Plugins, Sources []string }
	code := run(context.Background(), plugins, []string{"version", "--json"}, &out, &errs)
	if err := json.Unmarshal(out.Bytes(), &v); err != nil || code != 0 {
		t.Fatal(code, err)
	}
	if !slices.Equal(v.Plugins, []string{"one"}) || !slices.Equal(v.Sources, []string{"two"}) {
		t.Errorf("got %+v", v)
	}
}

func TestPluginsOfOneNameAreRefusedAtTheStart(t *testing.T) {
	one := pipeline.Define("one", func(struct{}, pipeline.Env) (pipeline.Handler, error) { return nil, nil })
	var out, errs bytes.Buffer
	code := run(context.Background(), []pipeline.Plugin{one.From("example.org/a"), one.From("example.org/b")}, []string{"version"}, &out, &errs)
	const want = "stage6: two plugins are named \"one\": example.org/a and example.org/b: build a program with one of them\n"
	if code != exitUsage || errs.String() != want || out.Len() > 0 {
		t.Errorf("exit code %d: %s%s", code, &out, &errs)
	}
}
