package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/stage6/stage6/internal/strict"
)

// Item is one use of a plugin.
type Item struct {
	Plugin   string
	Name     string      // unique: as given, else the plugin's, with a number from its second use on
	When     string      // a match expression, or nothing
	Config   strict.Node // the plugin's own settings
	Node     strict.Node // where the plugin is named
	WhenNode strict.Node // where the expression is
	NameNode strict.Node // where the name is, if it is given
}

// DecodeNode reads a map of one plugin and, if wanted, when and name.
func (i *Item) DecodeNode(n strict.Node) error {
	if n.Kind() == strict.Single {
		text, _ := n.Text()
		return n.Err("got %q, want a plugin with its settings, such as %s: {}", text, text)
	}
	if n.Kind() != strict.Map {
		return n.Err("got %s, want a map of one plugin", n.Kind())
	}
	var errs []error
	for _, pair := range n.Pairs() {
		errs = append(errs, i.pair(pair))
	}
	if i.Plugin == "" {
		errs = append(errs, n.Err("no plugin stands here, want one beside when and name"))
	}
	return strict.Join(errs...)
}

func (i *Item) pair(pair strict.Pair) error {
	key, err := pair.Key.Text()
	switch {
	case err != nil:
		return err
	case key == "when":
		i.WhenNode = pair.Value
		i.When, err = expression(pair.Value)
	case key == "name":
		i.NameNode = pair.Value
		i.Name, err = name(pair.Value)
	case i.Plugin == "":
		i.Plugin, i.Config, i.Node = key, pair.Value, pair.Key
	default:
		err = pair.Key.Err("%q and %q stand in one item, want one plugin, and beside it only when and name%s", i.Plugin, key, i.indent(key))
	}
	return err
}

// indent advises to indent a key that stands beside a plugin without settings.
func (i *Item) indent(key string) string {
	if i.Config.Kind() != strict.Null {
		return ""
	}
	return fmt.Sprintf("; if %q is a setting of %q, indent it further", key, i.Plugin)
}

// expression reads a match expression, which is not empty.
func expression(n strict.Node) (string, error) {
	text, err := n.Text()
	if err == nil && strings.TrimSpace(text) == "" {
		return "", n.Err("the expression is empty, leave the key out to match always")
	}
	return text, err
}

// nameForm is the form of a name: it stands in logs and metrics.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)

func name(n strict.Node) (string, error) {
	text, err := n.Text()
	if err == nil && !nameForm.MatchString(text) {
		return "", n.Err("%q: want at most 63 letters, digits, dots, hyphens and underscores", text)
	}
	return text, err
}

// Items is the plugins in their order.
type Items []Item

// DecodeNode reads a list of items and names those that have no name.
func (items *Items) DecodeNode(n strict.Node) error {
	if n.Kind() != strict.List || len(n.Items()) == 0 {
		return n.Err("want a list of plugins")
	}
	var list []Item
	if err := strict.Decode(n, &list); err != nil {
		return err
	}
	taken, err := givenNames(list)
	if err != nil {
		return err
	}
	for i := range list {
		if list[i].Name == "" {
			list[i].Name = freeName(list[i].Plugin, taken)
		}
	}
	*items = list
	return nil
}

// givenNames gives the names that the configuration gives.
func givenNames(list []Item) (map[string]bool, error) {
	taken := map[string]bool{}
	var errs []error
	for _, item := range list {
		if taken[item.Name] {
			errs = append(errs, item.NameNode.Err("%q is the name of an earlier plugin, too", item.Name))
		}
		taken[item.Name] = item.Name != ""
	}
	return taken, strict.Join(errs...)
}

// freeName takes the plugin's own name, or that with a number.
func freeName(plugin string, taken map[string]bool) string {
	name := plugin
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s-%d", plugin, n)
	}
	taken[name] = true
	return name
}
