package kea

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/condition"
)

// class is a client class, and the tag that stands for it.
type class struct {
	name, tag string
	v         *value
}

// when gives the condition of the class.
func (k *class) when() string { return "tag." + k.tag }

// readClasses makes tags of classes, in their order.
func (i *importer) readClasses() {
	for _, v := range i.root.get("client-classes").list() {
		name := v.get("name").string()
		if name == "" {
			i.report.LeftOut(v.origin(), "a class without a name")
			continue
		}
		k := &class{name: name, tag: i.tagName(name), v: v}
		i.classes = append(i.classes, k)
		when, ok := i.classCondition(k)
		switch {
		case name == "DROP":
			i.drop(k, when, ok)
		case ok && when != "":
			i.config.Tags = append(i.config.Tags, migrate.Tag{Name: k.tag, When: when, Origin: v.origin()})
		}
		if l := i.lifetime(v, k.when(), false); l.Valid != nil || l.Preferred != nil {
			i.config.Lifetimes = append(i.config.Lifetimes, l)
		}
	}
}

// tagName makes the name of a tag, which no other class has.
func (i *importer) tagName(name string) string {
	tag := condition.TagName(name)
	unique := tag
	for n := 2; slices.ContainsFunc(i.classes, func(k *class) bool { return k.tag == unique }); n++ {
		unique = fmt.Sprintf("%s_%d", tag, n)
	}
	return unique
}

// drop ignores the clients of the class DROP.
func (i *importer) drop(k *class, when string, ok bool) {
	if !ok || when == "" {
		return
	}
	i.config.Steps = append(i.config.Steps, migrate.Step{Plugin: "ignore", Value: when, Origin: k.v.origin()})
}

// classCondition gives the condition of a class: nothing for one of which only
// reservations say who is in it. A class whose test cannot be carried over has
// nobody in it.
func (i *importer) classCondition(k *class) (when string, ok bool) {
	test := k.v.get("test")
	required := k.v.get("only-if-required").is() || k.v.get("only-in-additional-list").is()
	if t := k.v.get("template-test"); t != nil {
		i.report.LeftOut(k.v.where("template-test"), "a test that makes classes has no counterpart: nobody has the tag %s", k.tag)
		return "false", true
	}
	if test != nil && test.string() != "" {
		x, err := parseTest(test.string(), i.member)
		if err == nil {
			when, err = condition.Text(x)
		}
		if err != nil {
			i.report.LeftOut(k.v.where("test"), "%v: nobody has the tag %s until you write its condition", err, k.tag)
			return "false", true
		}
	}
	if !required {
		return when, true
	}
	where, used := i.requiredAt(k.name)
	if !used {
		i.report.LeftOut(k.v.origin(), "the class is evaluated only where it is required, and no subnet or network requires it")
		return "", false
	}
	if when = all(when, where); when == "" {
		when = "true"
	}
	return when, true
}

// member gives what membership of a class is.
func (i *importer) member(name string) condition.Expr {
	switch {
	case name == "ALL":
		return condition.Literal(true)
	case name == "KNOWN":
		return condition.Is{Text: `host != ""`}
	case name == "UNKNOWN":
		return condition.Is{Text: `host == ""`}
	}
	if text, ok := strings.CutPrefix(name, "VENDOR_CLASS_"); ok {
		return condition.Is{Text: fmt.Sprintf("vendor_class == %q", text)}
	}
	for _, k := range i.classes {
		if k.name == name {
			return condition.Tag{Name: k.tag}
		}
	}
	return condition.Tag{Name: condition.TagName(name)}
}

// guard gives the condition under which a subnet or pool serves a client: that
// it is of one of the classes.
func (i *importer) guard(v *value) string {
	var names []string
	for _, key := range []string{"client-class", "client-classes"} {
		names = append(names, v.get(key).strings()...)
	}
	var x condition.Expr
	for _, name := range names {
		if m := i.member(name); x == nil {
			x = m
		} else {
			x = condition.Or{A: x, B: m}
		}
	}
	if x == nil || x == condition.Expr(condition.Literal(true)) {
		return ""
	}
	text, _ := condition.Text(x) // of tags and texts that are right
	return text
}

// requiredKeys are the names of the lists of classes that are evaluated late.
func requiredKeys() []string {
	return []string{"require-client-classes", "evaluate-additional-classes"}
}

// requiredAt gives the condition of the links that require a class.
func (i *importer) requiredAt(name string) (when string, used bool) {
	var places []string
	always := false
	for _, n := range i.networks {
		for _, v := range n.scopes() {
			if !requires(v, name) {
				continue
			}
			used = true
			if where := i.on(n); where == "" {
				always = true
			} else if !slices.Contains(places, where) {
				places = append(places, where)
			}
			if v.get("pool") != nil || v.get("prefix") != nil {
				i.report.Changed(v.origin(), "the class %q counts for all clients of the link now, not just for those of this pool", name)
			}
		}
	}
	if always {
		return "", used
	}
	return strings.Join(places, " or "), used
}

func requires(v *value, name string) bool {
	for _, key := range requiredKeys() {
		if slices.Contains(v.get(key).strings(), name) {
			return true
		}
	}
	return false
}
