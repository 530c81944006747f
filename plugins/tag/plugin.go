// Package tag is the plugin that gives names to kinds of clients: it puts tags
// on exchanges, each by a match expression, for the plugins behind it.
package tag

import (
	"context"
	"fmt"
	"slices"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("tag", newHandler).WithDryRun()

// handler is the tags in the order of the configuration, so that a tag can be
// used by those behind it.
type handler struct {
	rules []rule
}

// rule puts one tag on what matches.
type rule struct {
	tag  string
	when *pipeline.Expression
}

func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	h := &handler{}
	var errs []error
	for _, e := range c {
		when, err := env.Match.Compile(e.When.text)
		errs = append(errs, e.When.node.Wrap(err))
		h.rules = append(h.rules, rule{tag: e.Tag.name, when: when})
	}
	return h, strict.Join(errs...)
}

// Handle puts the tags on.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	for i := range h.rules {
		r := &h.rules[i]
		ok, err := r.when.Match(x)
		if err != nil {
			return pipeline.Continue, fmt.Errorf("tag %q: %w", r.tag, err)
		}
		if ok {
			x.Tag(r.tag)
		}
	}
	return pipeline.Continue, nil
}

// Tags lists the tags.
func (h *handler) Tags() []string {
	tags := make([]string, len(h.rules))
	for i := range h.rules {
		tags[i] = h.rules[i].tag
	}
	return tags
}

// Check warns of tags that are used before they are set.
func (h *handler) Check(pipeline.Links) (warnings []string) {
	tags := h.Tags()
	for i, r := range h.rules {
		for _, used := range r.when.Tags() {
			if at := slices.Index(tags, used); at >= i {
				warnings = append(warnings, fmt.Sprintf("%s asks for tag.%s, which is not set yet: write %s first", r.tag, used, used))
			}
		}
	}
	return warnings
}
