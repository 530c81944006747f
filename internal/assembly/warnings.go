package assembly

import (
	"errors"
	"fmt"
	"slices"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
)

// Warnings tells what would not work, a line each: what plugins say of the
// links that they would serve, and tags in expressions that nobody sets.
func (a *Assembly) Warnings(links *link.Table) (out []string) {
	out = strayLDRAs(a.relays, links)
	var declared []string
	for i := range a.Steps {
		if d, ok := a.Steps[i].Handler.(pipeline.TagDeclarer); ok {
			declared = append(declared, d.Tags()...)
		}
	}
	for _, use := range a.tags.all() {
		if !slices.Contains(declared, use.tag) {
			out = append(out, fmt.Sprintf("%s: %v: nobody sets it", use.node.Pos(), strict.Unknown("tag", use.tag, declared)))
		}
	}
	for i := range a.Steps {
		if a.Steps[i].When != nil && configuresServer(a.Steps[i].Handler) {
			out = append(out, fmt.Sprintf("%s: %s: the condition has no effect, since the plugin configures the server itself", a.nodes[i].Pos(), a.Steps[i].Name))
		}
		if c, ok := a.Steps[i].Handler.(pipeline.Checker); ok {
			for _, warning := range c.Check(links) {
				out = append(out, fmt.Sprintf("%s: %s: %s", a.nodes[i].Pos(), a.Steps[i].Name, warning))
			}
		}
	}
	return out
}

// configuresServer says whether the handler works before the plugin list does.
func configuresServer(h pipeline.Handler) bool {
	switch h.(type) {
	case pipeline.ServerIdentity, pipeline.Identifier:
		return true
	}
	return false
}

// Close lets go of what the handlers hold.
func (a *Assembly) Close() error {
	var errs []error
	for _, step := range a.Steps {
		if c, ok := step.Handler.(pipeline.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}
