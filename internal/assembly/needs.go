package assembly

import (
	"fmt"
	"slices"

	"github.com/stage6/stage6/pipeline"
)

// Needs says whether a plugin needs something of the machine, and which one: the
// first, with its place in the configuration.
func (a *Assembly) Needs(n pipeline.Need) (who string, needed bool) {
	for i := range a.Steps {
		if h, ok := a.Steps[i].Handler.(pipeline.Needer); ok && slices.Contains(h.Needs(), n) {
			return fmt.Sprintf("%s: %s", a.nodes[i].Pos(), a.Steps[i].Name), true
		}
	}
	return "", false
}
