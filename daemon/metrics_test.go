package daemon

import (
	"testing"

	"github.com/stage6/stage6/internal/bindings"
)

func TestPartsOfAPoolAreOneSeriesOfMetrics(t *testing.T) {
	got := byName([]bindings.Usage{{Name: "pool", Size: 4, Leased: 1}, {Name: "spare", Size: 8}, {Name: "pool", Size: 16, Leased: 2, Reserved: 3}})
	want := []bindings.Usage{{Name: "pool", Size: 20, Leased: 3, Reserved: 3}, {Name: "spare", Size: 8}}
	if len(got) != len(want) {
		t.Fatalf("%d pools, want %d", len(got), len(want))
	}
	for _, w := range want {
		if got[w.Name] == nil || *got[w.Name] != w {
			t.Errorf("%s: got %+v, want %+v", w.Name, got[w.Name], w)
		}
	}
}
