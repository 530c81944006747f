package strict

import "strings"

// misindented says whether line n begins at a column at which no list or map
// above it does, although the line before is not one that begins a new one.
// It is meant for lines that do not parse; texts of several lines mislead it.
func (s *source) misindented(n int) bool {
	at := indentation(s.line(n))
	if at == len(s.line(n)) {
		return false
	}
	first := true // whether the line before is looked at
	for n--; n > 0; n-- {
		line := s.line(n)
		begin := indentation(line)
		if begin == len(line) || line[begin] == '#' {
			continue
		}
		switch {
		case hasEntry(line, at):
			return false
		case begin < at:
			return !spans(line) && !(first && opens(line))
		}
		first = false
	}
	return at > 0
}

// hasEntry says whether a list or map has an entry at a column of the line.
func hasEntry(line string, at int) bool {
	begin := indentation(line)
	for strings.HasPrefix(line[begin:], "- ") && begin < at {
		begin += 2 + indentation(line[begin+2:])
	}
	return begin == at
}

// opens says whether a list or map may begin in the line below.
func opens(line string) bool {
	text, _, _ := strings.Cut(line, " #")
	text = strings.TrimSpace(text)
	return text == "-" || strings.HasSuffix(text, ":")
}

// spans says whether the line may begin a value of several lines.
func spans(line string) bool { return strings.ContainsAny(line, "{[|>\"'") }

// indentation counts the spaces that a line begins with.
func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
