package boot

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// template is a URL in which variables may stand.
type template struct {
	text   string
	parts  []part
	static *pipeline.Option // the option, where no variable stands
	sample *url.URL         // the URL with some value for each variable
	named  bool             // the server is written as a name
}

// part is a text that is sent as it is written, or a variable.
type part struct {
	literal string
	value   value
	place   place
	tag     *pipeline.Expression // of the variable tag
	name    string               // of the tag
	tokens  *tokens              // of the variable token
}

// means is what variables get their values by.
type means struct {
	match  *pipeline.Expressions
	tokens *tokens
}

// place is where in a URL a variable stands.
type place uint8

const (
	elsewhere   place = iota // in the path, the query or the fragment
	inAuthority              // in the part that names the server
	bracketed                // there, in brackets
)

// newTemplate reads a URL at n.
func newTemplate(n strict.Node, m *means) (*template, error) {
	text, err := n.Text()
	if err != nil {
		return nil, err
	}
	p := parser{means: m, rest: text}
	if err := p.parse(); err != nil {
		return nil, n.Wrap(fmt.Errorf("%q: %w", text, err))
	}
	t := &template{text: text, parts: p.parts}
	if err := t.check(); err != nil {
		return nil, n.Wrap(err)
	}
	if len(p.parts) == 1 && p.parts[0].value == literal {
		t.static, err = pipeline.NewOption(dhcpv6.OptionBootfileURL, []byte(p.parts[0].literal))
	}
	return t, n.Wrap(err)
}

// check makes sure that the URL is one with values, too.
func (t *template) check() error {
	var sample []byte
	address := false
	for i := range t.parts {
		p := &t.parts[i]
		if p.value == literal {
			sample = append(sample, p.literal...)
			continue
		}
		sample = p.escape(sample, []byte(p.value.sample()))
		address = address || p.place != elsewhere && p.value == address6
	}
	err := optiontext.CheckURL(string(sample))
	if err != nil && strings.Contains(t.text, "${") {
		return fmt.Errorf("%q does not make a URL: %w", t.text, err)
	}
	if err != nil {
		return err
	}
	t.sample, err = url.Parse(string(sample))
	t.named = err == nil && !address && !strings.HasPrefix(t.sample.Host, "[")
	return err
}

// append appends the URL for an exchange. It is false where a value is missing
// without which there is no server in the URL.
func (t *template) append(dst []byte, c *client) ([]byte, bool, error) {
	var space [64]byte
	for i := range t.parts {
		p := &t.parts[i]
		if p.value == literal {
			dst = append(dst, p.literal...)
			continue
		}
		v, err := p.appendValue(space[:0], c)
		if err != nil || len(v) == 0 && p.place != elsewhere {
			return dst, false, err
		}
		dst = p.escape(dst, v)
	}
	return dst, true, nil
}

// parser reads a template.
type parser struct {
	means   *means
	rest    string
	literal strings.Builder // since the last variable
	before  strings.Builder // what is read, without variables
	parts   []part
}

// parse reads the whole. $${ stands for ${, which loaders expand.
func (p *parser) parse() error {
	for p.rest != "" {
		switch {
		case strings.HasPrefix(p.rest, "$${"):
			p.write("${", len("$${"))
		case strings.HasPrefix(p.rest, "${"):
			if err := p.variable(); err != nil {
				return err
			}
		default:
			p.write(p.rest[:1], 1)
		}
	}
	p.flush()
	return nil
}

// write takes n octets of what is left for a literal text.
func (p *parser) write(text string, n int) {
	p.literal.WriteString(text)
	p.before.WriteString(text)
	p.rest = p.rest[n:]
}

func (p *parser) flush() {
	if p.literal.Len() > 0 {
		p.parts = append(p.parts, part{literal: p.literal.String()})
		p.literal.Reset()
	}
}

// variable reads one such as ${mac}.
func (p *parser) variable() error {
	name, rest, ok := strings.Cut(p.rest[len("${"):], "}")
	if !ok {
		return errors.New(`"${" without "}"; write $${ for the characters themselves`)
	}
	v, err := newPart(name, p.means)
	if err != nil {
		return err
	}
	if v.place, err = p.place(); err != nil {
		return fmt.Errorf("${%s} %w", name, err)
	}
	p.flush()
	p.parts, p.rest = append(p.parts, v), rest
	return nil
}

// place tells where in the URL the parser is.
func (p *parser) place() (place, error) {
	before := p.before.String()
	_, authority, ok := strings.Cut(before, "://")
	switch {
	case !ok:
		return 0, errors.New("stands in the scheme, which must be written")
	case strings.ContainsAny(authority, "/?#"):
		return elsewhere, nil
	case strings.HasSuffix(authority, "["):
		return bracketed, nil
	}
	return inAuthority, nil
}
