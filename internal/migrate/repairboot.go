package migrate

import (
	"regexp"
	"slices"
	"strings"
)

// repairBoot puts what is for loaders before what is for all of an
// architecture: iPXE names the architecture of the firmware that loaded it, and
// would be told to load itself for ever.
func (c *Config) repairBoot(r *Report) []Boot {
	out := slices.Clone(c.Boot)
	slices.SortStableFunc(out, func(a, b Boot) int { return c.rank(a) - c.rank(b) })
	for i, b := range c.Boot {
		if c.catchesLoaders(b) && slices.ContainsFunc(c.Boot[i+1:], func(x Boot) bool { return c.rank(x) == forLoaders }) {
			r.Changed(b.Origin, "stands behind what is for iPXE now: iPXE names the architecture of its firmware, and would have loaded itself for ever")
		}
	}
	return out
}

// For whom an entry is.
const (
	forLoaders = iota // it asks for a user class or the stage of loaders
	forSome           // it asks for something else
	forAll
)

func (c *Config) rank(b Boot) int {
	asked, denied := c.userClass(b.When, 0)
	switch {
	case slices.Contains(b.Stage, "loader") || slices.Contains(b.Method, "ipxe") || asked && !denied:
		return forLoaders
	case b.When != "" || len(b.Arch)+len(b.Method)+len(b.Stage) > 0:
		return forSome
	}
	return forAll
}

// catchesLoaders says whether an entry is for loaders as much as for firmware.
func (c *Config) catchesLoaders(b Boot) bool {
	_, denied := c.userClass(b.When, 0)
	return c.rank(b) == forSome && len(b.Stage)+len(b.Method) == 0 && !denied && c.mentions(b.When, "arch", 0)
}

// maxTags bounds how far tags are followed to the tags that they ask for.
const maxTags = 8

var tagForm = regexp.MustCompile(`(not |!)?tag\.([A-Za-z0-9_]+)`)

// userClass says whether a condition asks for a user class, itself or by a tag,
// and whether it asks for none.
func (c *Config) userClass(when string, depth int) (asked, denied bool) {
	denied = strings.Contains(when, "not (user_class") || strings.Contains(when, "user_class !=") || strings.Contains(when, "not (option[15]")
	asked = !denied && (strings.Contains(when, "user_class") || strings.Contains(when, "option[15]"))
	if depth == maxTags {
		return asked, denied
	}
	for _, m := range tagForm.FindAllStringSubmatch(when, -1) {
		a, d := c.userClass(c.tagged(m[2]), depth+1)
		if m[1] != "" {
			a, d = d, a
		}
		asked, denied = asked || a, denied || d
	}
	return asked, denied
}

// mentions says whether a condition asks for a fact, itself or by a tag.
func (c *Config) mentions(when, fact string, depth int) bool {
	if strings.Contains(when, fact) || depth == maxTags {
		return depth < maxTags
	}
	return slices.ContainsFunc(tagForm.FindAllStringSubmatch(when, -1), func(m []string) bool {
		return c.mentions(c.tagged(m[2]), fact, depth+1)
	})
}

// tagged gives the condition of a tag.
func (c *Config) tagged(name string) string {
	at := slices.IndexFunc(c.Tags, func(t Tag) bool { return t.Name == name })
	if at < 0 {
		return ""
	}
	return c.Tags[at].When
}
