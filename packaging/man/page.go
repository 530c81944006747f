package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// page is a manual page that is a document of the module.
type page struct {
	name, section string
	short         string // what follows the name
	file          string
	convert       func(text string) string
}

// documents lists the pages: the manual, the settings, and one for each plugin and
// each further document for operators.
func documents() ([]page, error) {
	pages := []page{
		{"stage6", "8", "DHCPv6 server for provisioning networks", "docs/stage6.md", body},
		{"stage6.yml", "5", "the settings of stage6", "config.yml.example", settings},
		{"stage6-expressions", "7", "match expressions of stage6", "docs/expressions.md", body},
		{"stage6-sources", "7", "how stage6 knows machines", "docs/sources.md", body},
		{"stage6-operations", "7", "running stage6", "docs/operations.md", body},
	}
	readmes, err := filepath.Glob("plugins/*/README.md")
	if err != nil || len(readmes) == 0 {
		return nil, fmt.Errorf("no plugins/*/README.md here: run this in the root of the module")
	}
	for _, file := range readmes {
		plugin := path.Base(path.Dir(filepath.ToSlash(file)))
		pages = append(pages, page{pluginPage(plugin), "5", "the plugin " + plugin + " of stage6", file, body})
	}
	return pages, nil
}

func pluginPage(plugin string) string { return "stage6-plugin-" + plugin }

// markdown gives the page as md2man reads it.
func (p page) markdown(head header) ([]byte, error) {
	text, err := os.ReadFile(p.file)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%% %q %q %q %q \"stage6 manual\"\n\n", strings.ToUpper(p.name), p.section, head.Date.Format("Jan 2006"), head.Source)
	fmt.Fprintf(&b, "# NAME\n\n%s - %s\n\n", p.name, p.short)
	b.WriteString(p.convert(string(text)))
	return b.Bytes(), nil
}

// settings shows the example of a configuration, which explains itself.
func settings(text string) string {
	return "# DESCRIPTION\n\nThe configuration of **stage6**(8) is one YAML file. This is every setting:\n\n" +
		"```yaml\n" + text + "```\n\n# SEE ALSO\n\n**stage6**(8), **stage6-check**(8)\n"
}

// body gives a document as the sections of a page: its title falls away, and what
// was a chapter becomes a section.
func body(text string) string {
	var out []string
	fenced, titled := false, false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
		case fenced:
		case !titled && strings.HasPrefix(line, "# "):
			titled, line = true, "# DESCRIPTION"
		case strings.HasPrefix(line, "## "):
			line = "# " + strings.ToUpper(line[len("## "):])
		case strings.HasPrefix(line, "###"):
			line = line[1:]
		}
		out = append(out, line)
	}
	return tablesAsLists(unlink(strings.Join(out, "\n")))
}

var (
	linkTo   = regexp.MustCompile(`\[([^\[\]]+)\]\(([^()\s]+)\)`)
	toPlugin = regexp.MustCompile(`^(?:\.\./)+(?:plugins/)?([a-z_]+)/README\.md`)
)

// unlink gives the text of links that lead to nowhere on a manual page. To a plugin,
// they lead to its page.
func unlink(text string) string {
	return linkTo.ReplaceAllStringFunc(text, func(found string) string {
		m := linkTo.FindStringSubmatch(found)
		label, target := m[1], m[2]
		if strings.Contains(target, "://") {
			return found
		}
		plugin := toPlugin.FindStringSubmatch(target)
		if plugin == nil {
			return label
		}
		return fmt.Sprintf("%s (**%s**(5))", label, pluginPage(plugin[1]))
	})
}
