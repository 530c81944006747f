package migrate

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// File is a file that an import makes.
type File struct {
	Name string
	Data []byte
}

// defaultLeases is where the server keeps leases if nothing else is said.
const defaultLeases = "/var/lib/stage6"

// WriteYAML gives the configuration as YAML: in one file, config.yml, with
// everything in it, or with hosts and boot table in files of their own. Where a
// line is from stands behind it as a comment; title is the comment on top.
func (c *Config) WriteYAML(title string, apart bool) ([]File, error) {
	hosts, boot := mapNode(hostsMap(c.Hosts)), listNode(bootList(c.Boot))
	var files []File
	add := func(name string, n *yaml.Node, comment string) error {
		data, err := encode(n, comment)
		files = append(files, File{name, data})
		return err
	}
	w := writer{config: c, hosts: hosts, boot: boot}
	if apart {
		w.hosts, w.boot = textNode("hosts.yml"), textNode("boot.yml")
	}
	if err := add("config.yml", w.root(), title); err != nil {
		return nil, err
	}
	if apart && len(c.Hosts) > 0 {
		if err := add("hosts.yml", hosts, "Known machines. "+title); err != nil {
			return nil, err
		}
	}
	if apart && len(c.Boot) > 0 {
		if err := add("boot.yml", boot, "What machines boot: the first entry that matches. "+title); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// encode writes a node below a comment.
func encode(n *yaml.Node, comment string) ([]byte, error) {
	var out bytes.Buffer
	for line := range strings.Lines(comment) {
		fmt.Fprintf(&out, "# %s\n", strings.TrimSpace(line))
	}
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// valueNode makes a node of what stands in a Step or an Option.
func valueNode(v any) *yaml.Node {
	switch v := v.(type) {
	case *yaml.Node:
		return v
	case Map:
		return mapNode(v)
	case []Map:
		return listNode(anys(v))
	case []string:
		return listNode(anys(v))
	case []any:
		return listNode(v)
	case string:
		return textNode(v)
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v)}
	case nil:
		return &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: fmt.Sprint(v)}
}

func anys[T any](list []T) (out []any) {
	for _, x := range list {
		out = append(out, x)
	}
	return out
}

// textNode makes a string, in single quotes where YAML or a reader might take it
// for something else.
func textNode(s string) *yaml.Node {
	s = strings.ToValidUTF8(s, "\ufffd") // YAML has no other text
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	plain := letters + "0123456789._/-"
	if s != "" && strings.Contains(letters, s[:1]) {
		plain += " "
	}
	switch {
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r > 0x7e && !strconv.IsPrint(r) }):
		n.Style = yaml.DoubleQuotedStyle
	case s == "" || strings.Trim(s, plain) != "" || strings.HasPrefix(s, "-") || strings.HasSuffix(s, " ") || otherScalar(s):
		n.Style = yaml.SingleQuotedStyle
	}
	return n // whatever else would be no string, the encoder puts in quotes
}

// otherScalar says whether YAML would take a word for something else.
func otherScalar(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil && strings.ContainsAny(s, "0123456789") || slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off"}, strings.ToLower(s))
}

// mapNode makes a map. Members that hold nothing are left out.
func mapNode(m Map) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, x := range m {
		if nothing(x.Value) {
			continue
		}
		key, value := keyNode(x.Key), valueNode(x.Value)
		if comment := x.Origin.String(); comment != "" {
			setComment(key, value, comment)
		}
		n.Content = append(n.Content, key, value)
	}
	if len(n.Content) == 0 {
		n.Style = yaml.FlowStyle
	}
	return n
}

// keyNode makes a key, which is a string or, of an option by its code, a number.
func keyNode(key string) *yaml.Node {
	if _, err := strconv.ParseUint(key, 10, 16); err == nil {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: key}
	}
	return textNode(key)
}

// setComment puts a comment behind a value on the line of its key, or behind
// the key of one that goes on below it.
func setComment(key, value *yaml.Node, comment string) {
	if value.Kind == yaml.ScalarNode || value.Style&yaml.FlowStyle != 0 {
		value.LineComment = comment
		return
	}
	key.LineComment = comment
}

// nothing says whether a value need not be written.
func nothing(v any) bool {
	switch v := v.(type) {
	case string:
		return v == ""
	case []string:
		return len(v) == 0
	case []any:
		return len(v) == 0
	case []Map:
		return len(v) == 0
	case Map:
		return v != nil && len(v) == 0
	}
	return false
}

// listNode makes a list, on one line if its entries are few and short.
func listNode(list []any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	length, scalars := 0, true
	for _, v := range list {
		x := valueNode(v)
		n.Content = append(n.Content, x)
		length += len(x.Value) + 4
		scalars = scalars && x.Kind == yaml.ScalarNode && x.LineComment == ""
	}
	if scalars && length <= 90 {
		n.Style = yaml.FlowStyle
	}
	return n
}
