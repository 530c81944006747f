package memory

import (
	"os"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// openFrom opens the store that a configuration names.
func openFrom(t *testing.T, yaml string) (lease.Store, error) {
	t.Helper()
	file, err := config.Parse("config.yml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	if file.Leases.Plugin != Plugin.Name() {
		t.Fatalf("leases are kept by %s, want %s", file.Leases.Plugin, Plugin.Name())
	}
	decode := func(into any) error { return strict.Decode(file.Leases.Config, into) }
	return Plugin.Open(t.Context(), decode, pipeline.StoreEnv{})
}

const rest = "\nserver6:\n  plugins:\n    - server_id: auto\n"

func TestTheExampleOfTheReadme(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	for _, yaml := range []string{example, "leases: {memory: {}}" + rest} {
		s, err := openFrom(t, yaml)
		if err != nil {
			t.Fatalf("%v\nin:\n%s", err, yaml)
		}
		if err := s.Put(t.Context(), "name", []byte("value")); err != nil {
			t.Error(err)
		}
		if v, err := s.Get(t.Context(), "name"); err != nil || string(v) != "value" {
			t.Errorf("got %q, %v", v, err)
		}
	}
}

func TestThereAreNoSettings(t *testing.T) {
	_, err := openFrom(t, "leases: {memory: {size: 1}}"+rest)
	if err == nil || !strings.Contains(err.Error(), `config.yml:1:19`) {
		t.Errorf("got %v, want an error at config.yml:1:19", err)
	}
}
