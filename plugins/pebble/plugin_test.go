package pebble

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// openFrom opens the store that a configuration names.
func openFrom(t *testing.T, yaml string, env pipeline.StoreEnv) (lease.Store, error) {
	t.Helper()
	file, err := config.Parse("config.yml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	if file.Leases.Plugin != Plugin.Name() {
		t.Fatalf("leases are kept by %s, want %s", file.Leases.Plugin, Plugin.Name())
	}
	decode := func(into any) error { return strict.Decode(file.Leases.Config, into) }
	return Plugin.Open(t.Context(), decode, env)
}

const rest = "\nserver6:\n  plugins:\n    - server_id: auto\n"

func TestTheExampleOfTheReadme(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	const usual = "/var/lib/stage6"
	if strings.Count(example, usual) != 1 {
		t.Fatalf("want %s once in the example:\n%s", usual, example)
	}
	dir := filepath.Join(t.TempDir(), "leases")
	s, err := openFrom(t, strings.ReplaceAll(example, usual, dir), pipeline.StoreEnv{Log: silent()})
	if err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, created(number(1))...)
	mustClose(t, s)
	s, err = openFrom(t, "leases: "+dir+rest, pipeline.StoreEnv{Log: silent(), ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	wantLoaded(t, s, number(1))
	mustClose(t, s)
}

func TestSettingsThatAreWrong(t *testing.T) {
	for name, c := range map[string]struct{ yaml, want string }{
		"nothing":     {"leases: {pebble: ''}", "want a directory, such as /var/lib/stage6"},
		"another map": {"leases: {pebble: {path: /x}}", "config.yml:1:18"},
		"a list":      {"leases: {pebble: [/x]}", "config.yml:1:18"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openFrom(t, c.yaml+rest, pipeline.StoreEnv{Log: silent()})
			wantError(t, err, c.want)
		})
	}
}
