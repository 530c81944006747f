package kea

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/stage6/stage6/internal/migrate"
)

// value is a value of Kea's JSON with where it stands. Its zero value and nil
// are those of something that is not there.
type value struct {
	kind    byte // one of { [ s w, or 0
	text    string
	members []*member
	items   []*value
	at      place
}

// member is one member of a map. Whoever asks for it has it used; what nobody
// has used in the end is reported.
type member struct {
	key  string
	at   place
	used bool
	*value
}

// parse reads a whole file.
func parse(s *migrate.Source) (*value, error) {
	p := &parser{lexer: newLexer(s)}
	if err := p.advance(); err != nil {
		return nil, err
	}
	v, err := p.value(0)
	if err == nil && p.token.kind != 0 {
		err = p.token.at.errorf("%s behind the end of the configuration", p.token)
	}
	return v, err
}

type parser struct {
	*lexer
	token token
}

func (p *parser) advance() (err error) {
	p.token, err = p.next()
	return err
}

func (p *parser) value(depth int) (*value, error) {
	t := p.token
	v := &value{kind: t.kind, text: t.text, at: t.at}
	if depth > maxDepth {
		return nil, t.at.errorf("more than %d values in each other", maxDepth)
	}
	switch t.kind {
	case 's':
		return v, p.advance()
	case 'w':
		if _, err := strconv.ParseFloat(t.text, 64); err != nil && t.text != "true" && t.text != "false" && t.text != "null" {
			return nil, t.at.errorf("%s: want a value: a string in quotes, a number, true or false", t)
		}
		return v, p.advance()
	case '{':
		return v, p.list('}', func() error { return p.member(v, depth) })
	case '[':
		return v, p.list(']', func() error {
			item, err := p.value(depth + 1)
			v.items = append(v.items, item)
			return err
		})
	}
	return nil, t.at.errorf("%s: want a value", t)
}

// list reads what stands up to the end, with commas, of which one too many
// behind the last is none.
func (p *parser) list(end byte, one func() error) error {
	begin := p.token
	if err := p.advance(); err != nil {
		return err
	}
	for p.token.kind != end {
		if p.token.kind == 0 {
			return begin.at.errorf("%s does not end: want %q", begin, string(end))
		}
		if err := one(); err != nil {
			return err
		}
		if p.token.kind != ',' {
			break
		}
		if err := p.advance(); err != nil {
			return err
		}
	}
	if p.token.kind != end {
		return p.token.at.errorf("%s: want a comma or %q", p.token, string(end))
	}
	return p.advance()
}

func (p *parser) member(v *value, depth int) error {
	key := p.token
	if key.kind != 's' {
		return key.at.errorf("%s: want a name in quotes", key)
	}
	if err := p.advance(); err != nil {
		return err
	}
	if p.token.kind != ':' {
		return p.token.at.errorf("%s: want a colon behind %q", p.token, key.text)
	}
	if err := p.advance(); err != nil {
		return err
	}
	inner, err := p.value(depth + 1)
	v.members = append(v.members, &member{key: key.text, at: key.at, value: inner})
	return err
}

// get gives the member of a name, the last if there are several, and marks it
// as used.
func (v *value) get(key string) (found *value) {
	if v == nil {
		return nil
	}
	for _, m := range v.members {
		if m.key == key {
			m.used = true
			found = m.value
		}
	}
	return found
}

// where gives the line of a member, or that of the map.
func (v *value) where(key string) migrate.Origin {
	if v == nil {
		return migrate.Origin{}
	}
	for _, m := range v.members {
		if m.key == key {
			return m.at.origin()
		}
	}
	return v.origin()
}

func (v *value) origin() migrate.Origin {
	if v == nil {
		return migrate.Origin{}
	}
	return v.at.origin()
}

// list gives the items of a list, or a value that is no list as the only one.
func (v *value) list() []*value {
	switch {
	case v == nil:
		return nil
	case v.kind == '[':
		return v.items
	}
	return []*value{v}
}

// string gives the text of a string or word, or nothing.
func (v *value) string() string {
	if v == nil {
		return ""
	}
	return v.text
}

func (v *value) strings() (out []string) {
	for _, x := range v.list() {
		if s := x.string(); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// is says whether the value is the word true.
func (v *value) is() bool { return v != nil && v.kind == 'w' && v.text == "true" }

// number gives a number that is not negative.
func (v *value) number() (uint64, bool) {
	if v == nil || v.kind != 'w' {
		return 0, false
	}
	n, err := strconv.ParseUint(v.text, 10, 64)
	return n, err == nil
}

// seconds gives a time, or nil for 0 and for what is none.
func (v *value) seconds() *time.Duration {
	n, ok := v.number()
	if !ok || n == 0 || n > 0xffffffff {
		return nil
	}
	return migrate.Seconds(int64(n))
}

// ranged gives a pool as ranges take it: a prefix, or two addresses.
func ranged(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if first, last, two := strings.Cut(text, "-"); two {
		a, errA := netip.ParseAddr(strings.TrimSpace(first))
		b, errB := netip.ParseAddr(strings.TrimSpace(last))
		if errA != nil || errB != nil || !a.Is6() || !b.Is6() || b.Less(a) {
			return "", false
		}
		if a == b {
			return a.String() + "/128", true
		}
		return a.String() + "-" + b.String(), true
	}
	p, _, err := migrate.MaskedPrefix(text)
	return p.String(), err == nil
}
