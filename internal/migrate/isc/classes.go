package isc

import (
	"fmt"
	"slices"

	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/condition"
)

// class is a class of dhcpd's, and the tag that stands for it.
type class struct {
	name, tag  string
	s          *statement
	subclasses []*statement
}

func (i *importer) tagName(name string) string {
	tag := condition.TagName(name)
	unique := tag
	for n := 2; slices.ContainsFunc(i.classes, func(k *class) bool { return k.tag == unique }); n++ {
		unique = fmt.Sprintf("%s_%d", tag, n)
	}
	return unique
}

func (i *importer) classNamed(name string) *class {
	at := slices.IndexFunc(i.classes, func(k *class) bool { return k.name == name })
	if at < 0 {
		return nil
	}
	return i.classes[at]
}

// member gives what membership of a class is.
func (i *importer) member(name string) condition.Expr {
	if k := i.classNamed(name); k != nil {
		return condition.Tag{Name: k.tag}
	}
	return condition.Tag{Name: condition.TagName(name)}
}

func (i *importer) addSubclass(s *statement) {
	k := i.classNamed(s.text(1))
	if k == nil {
		i.leftOut(s, "there is no class %q before it", s.text(1))
		return
	}
	k.subclasses = append(k.subclasses, s)
}

// readClass makes a tag of a class: with match if of a condition, with match of
// the values that its subclasses have.
func (i *importer) readClass(s *statement) {
	k := i.classNamed(s.text(1))
	if k == nil || k.s != s {
		i.leftOut(s, "a class of that name stands before")
		return
	}
	when := ""
	for _, x := range s.block {
		switch {
		case x.name() == "match" && x.word(1) == "if":
			when = i.classTest(x, x.rest(2), k)
		case x.name() == "match":
			when = i.subclassTests(x, k)
		case x.name() == "spawn":
			i.leftOut(x, "classes that are made while the server runs have no counterpart")
		case x.name() == "lease":
			i.leftOut(x, "how many leases a class has is not limited: give it a pool of its own")
		case declaration(x) && x.name() != "if" && x.name() != "elsif" && x.name() != "else":
			i.leftOut(x, "%s", reason(x))
		}
	}
	if when != "" {
		i.config.Tags = append(i.config.Tags, migrate.Tag{Name: k.tag, When: when, Origin: s.origin()})
	}
	i.apply(i.evaluate(s.block), &scope{rank: ofClass, when: "tag." + k.tag})
}

// classTest gives the condition of a class. One that cannot be carried over has
// nobody in it.
func (i *importer) classTest(s *statement, words []token, k *class) string {
	x, err := i.condition(words)
	if err == nil {
		var text string
		if text, err = condition.Text(x); err == nil {
			return text
		}
	}
	i.leftOut(s, "%v: nobody has the tag %s until you write its condition", err, k.tag)
	return "false"
}

// subclassTests gives the condition that what is matched is one of the values of
// the subclasses. Settings of a subclass are those of its value alone.
func (i *importer) subclassTests(s *statement, k *class) string {
	var x condition.Expr
	for _, sub := range k.subclasses {
		words := append(append(slices.Clone(s.rest(1)), token{text: "="}), sub.rest(2)...)
		one, err := i.condition(words)
		var text string
		if err == nil {
			text, err = condition.Text(one)
		}
		if err != nil {
			i.leftOut(sub, "%v", err)
			continue
		}
		x = or(x, one)
		i.apply(i.evaluate(sub.block), &scope{rank: ofClass, when: text})
	}
	if x == nil {
		return "false"
	}
	text, err := condition.Text(x)
	if err != nil {
		i.leftOut(s, "%v: nobody has the tag %s until you write its condition", err, k.tag)
		return "false"
	}
	return text
}
