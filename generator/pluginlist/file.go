package pluginlist

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Builtins reads the list of the built-in plugins, which is that of the default
// build.
func Builtins(name string, r io.Reader) ([]Plugin, error) {
	l, err := read(name, r, parser{dots: true})
	return l.Plugins, err
}

// List is what a list says.
type List struct {
	Plugins []Plugin
	LeftOut []string // why the plugins that the list has beside those are none of the build, a line each
}

// ReadFile reads a list of plugins. It has one plugin on a line:
// PATH[@VERSION][=LOCAL], =LOCAL, ./PATH of the stage6 module, or the name of a
// built-in plugin. LOCAL is relative to the folder of the list. A comment begins
// with # where a line or word does. CoreDHCP's plugins for IPv4 are left out.
// The error is everything that is wrong, a line each.
func ReadFile(name string, builtins []Plugin) (List, error) {
	f, err := os.Open(name)
	if err != nil {
		return List{}, err
	}
	defer f.Close()
	return read(name, f, parser{folder: filepath.Dir(name), builtins: builtins, dots: true})
}

func read(name string, r io.Reader, p parser) (List, error) {
	var l List
	var errs []error
	seen := map[string]string{}
	scan := bufio.NewScanner(r)
	for n := 1; scan.Scan(); n++ {
		text := uncommented(scan.Text())
		if text == "" {
			continue
		}
		place := fmt.Sprintf("%s:%d", name, n)
		plugin, err := p.parse(text)
		if err == nil && seen[plugin.Path] != "" {
			err = fmt.Errorf("%q stands at %s already", plugin.Path, seen[plugin.Path])
		}
		var ipv4 *ipv4Error
		switch {
		case errors.As(err, &ipv4):
			l.LeftOut = append(l.LeftOut, fmt.Sprintf("%s: %v", place, err))
			continue
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", place, err))
			continue
		}
		plugin.Place, seen[plugin.Path] = place, place
		l.Plugins = append(l.Plugins, plugin)
	}
	if err := scan.Err(); err != nil {
		errs = append(errs, fmt.Errorf("%s: %w", name, err))
	}
	return l, errors.Join(errs...)
}

// comment is what a line is read without: # is part of a word elsewhere.
var comment = regexp.MustCompile(`(^|\s)#.*`)

func uncommented(line string) string {
	return strings.TrimSpace(comment.ReplaceAllString(line, ""))
}
