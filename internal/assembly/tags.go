package assembly

import (
	"slices"
	"sync"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// tagUse is a tag that an expression asks for, with the place of the
// expression or of the plugin that it belongs to.
type tagUse struct {
	tag  string
	node strict.Node
}

// tagUses are safe for concurrent use, since a plugin may compile expressions
// when it likes.
type tagUses struct {
	mu   sync.Mutex
	uses []tagUse
}

func (t *tagUses) add(e *pipeline.Expression, node strict.Node) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tag := range e.Tags() {
		if !slices.ContainsFunc(t.uses, func(u tagUse) bool { return u.tag == tag && u.node.Pos() == node.Pos() }) {
			t.uses = append(t.uses, tagUse{tag, node})
		}
	}
}

func (t *tagUses) all() []tagUse {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.uses)
}
