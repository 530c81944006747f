package dnsmasq

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// line is one setting with its value.
type line struct {
	key    string
	value  string // with the characters of quoted parts hidden
	origin migrate.Origin
}

// Bounds of what a configuration may include.
const (
	maxFiles = 1000 // files
	maxDepth = 20   // files that name files
	maxLines = 2 << 20
)

// reader reads files and what they include.
type reader struct {
	report *migrate.Report
	open   []string // the files that are being read, the outermost first
	files  int
	lines  int
}

// read gives the lines of a file and of those that it names, in their order.
func (rd *reader) read(s *migrate.Source) ([]line, error) { return rd.readAs(s, "") }

// readAs reads a file whose lines are all values of a key, such as that of
// dhcp-hostsfile; without a key, one of settings.
func (rd *reader) readAs(s *migrate.Source, key string) (out []line, err error) {
	if rd.files++; rd.files > maxFiles {
		return nil, fmt.Errorf("%s: more than %d files", s.Name, maxFiles)
	}
	rd.open = append(rd.open, filepath.Clean(s.Name))
	defer func() { rd.open = rd.open[:len(rd.open)-1] }()
	n := 0
	for text := range strings.Lines(string(s.Data)) {
		n++
		if rd.lines++; rd.lines > maxLines {
			return nil, s.Errorf(n, "more than %d lines", maxLines)
		}
		text, err := unquote(text)
		if err != nil {
			return nil, s.Errorf(n, "%v", err)
		}
		if text == "" {
			continue
		}
		l := line{key: key, value: text, origin: s.At(n)}
		if key == "" {
			l.key, l.value = split(text)
		}
		more, err := rd.expand(s, l)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// split takes a line apart at its first equals sign.
func split(text string) (key, value string) {
	key, value, _ = strings.Cut(text, "=")
	return strings.TrimLeft(show(strings.TrimSpace(key)), "-"), strings.TrimSpace(value)
}

// expand gives the lines of the files that a line names, or the line.
func (rd *reader) expand(s *migrate.Source, l line) ([]line, error) {
	switch l.key {
	case "conf-file", "servers-file":
		if l.key == "servers-file" {
			return []line{l}, nil
		}
		return rd.include(s, l, show(l.value), "")
	case "conf-dir":
		parts := strings.Split(l.value, ",")
		return rd.includeFolder(s, l, show(parts[0]), parts[1:], "")
	case "dhcp-hostsfile", "dhcp-hostsdir":
		return rd.include(s, l, show(l.value), "dhcp-host")
	case "dhcp-optsfile", "dhcp-optsdir":
		return rd.include(s, l, show(l.value), "dhcp-option")
	}
	return []line{l}, nil
}

// include reads a file or all of a folder. One that cannot be read is left out,
// with a word.
func (rd *reader) include(s *migrate.Source, l line, name, key string) ([]line, error) {
	if len(rd.open) >= maxDepth {
		rd.report.LeftOut(l.origin, "files that name files, more than %d deep", maxDepth)
		return nil, nil
	}
	path := beside(s, name)
	if slices.Contains(rd.open, filepath.Clean(path)) {
		rd.report.LeftOut(l.origin, "%s includes itself", path)
		return nil, nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return rd.includeFolder(s, l, name, nil, key)
	}
	other, err := migrate.ReadRegular(path)
	if err != nil {
		rd.report.LeftOut(l.origin, "%v: import again with that file in its place", err)
		return nil, nil
	}
	return rd.readAs(other, key)
}

// includeFolder reads the files of a folder in the order of their names, but for
// those that dnsmasq leaves out: hidden ones, backups, and by the suffixes, of
// which those with an asterisk are the ones to read.
func (rd *reader) includeFolder(s *migrate.Source, l line, name string, suffixes []string, key string) (out []line, err error) {
	folder := beside(s, name)
	entries, err := os.ReadDir(folder)
	if err != nil {
		rd.report.LeftOut(l.origin, "%v: import again with that folder in its place", err)
		return nil, nil
	}
	for _, e := range entries {
		if e.IsDir() || !wanted(e.Name(), suffixes) {
			continue
		}
		more, err := rd.include(s, l, filepath.Join(folder, e.Name()), key)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// wanted says whether dnsmasq reads a file of a folder.
func wanted(name string, suffixes []string) bool {
	if strings.HasSuffix(name, "~") || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#") {
		return false
	}
	only, match := false, false
	for _, suffix := range suffixes {
		suffix = show(strings.TrimSpace(suffix))
		if rest, ok := strings.CutPrefix(suffix, "*"); ok {
			only, match = true, match || strings.HasSuffix(name, rest)
		} else if suffix != "" && strings.HasSuffix(name, suffix) {
			return false
		}
	}
	return match || !only
}

// beside gives the path of a file that another names. dnsmasq takes a relative
// one from where it was started; here it is beside the file, and so is one that
// is nowhere else, as in a copy of /etc.
func beside(s *migrate.Source, name string) string {
	near := filepath.Join(filepath.Dir(s.Name), name)
	if !filepath.IsAbs(name) {
		return near
	}
	if _, err := os.Stat(name); err != nil {
		if other := filepath.Join(filepath.Dir(s.Name), filepath.Base(name)); exists(other) {
			return other
		}
	}
	return name
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
