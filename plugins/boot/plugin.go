// Package boot is the plugin that tells machines what they boot from the
// network, by a table: options 59 and 60 (RFC 5970), as each stage, way of
// booting and architecture needs them.
package boot

import (
	"context"
	"fmt"
	"slices"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin. Its settings are the table, or the file with it.
var Plugin = pipeline.Define("boot", newHandler).WithDryRun()

// handler is the table. It is immutable.
type handler struct {
	rules    []rule
	resolves bool // the plugin dns tells clients whom to ask for names
}

// rule is one entry of the table.
type rule struct {
	at         strict.Place
	note       string // for who asks which entry it was
	filter     filter
	when       *pipeline.Expression // nil: always
	url        *template            // nil: from the disk
	script     *template            // with which a loader goes on from the disk; may be nil
	params     *pipeline.Option     // may be nil
	preference *uint8               // nil: not set
}

func newHandler(c config, env pipeline.Env) (pipeline.Handler, error) {
	t, err := c.read(env.Path)
	if err != nil {
		return nil, err
	}
	h := &handler{resolves: slices.Contains(env.Plugins, "dns")}
	m := &means{match: env.Match, tokens: &tokens{Tokens: env.Tokens, log: env.Log}}
	var errs []error
	for i := range t.entries {
		r, err := t.rule(&t.entries[i], m)
		errs = append(errs, err)
		h.rules = append(h.rules, r)
	}
	return h, strict.Join(errs...)
}

// Handle proposes what the first matching entry says.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	c := client{Exchange: x, method: methodOf(x), arch: noArch}
	if c.method == none {
		return pipeline.Continue, nil
	}
	r, err := h.find(&c)
	if r == nil || err != nil {
		x.Note("no entry matches")
		return pipeline.Continue, err
	}
	x.Note(r.note)
	if r.preference != nil {
		x.SetPreference(*r.preference)
	}
	return pipeline.Continue, r.answer(&c)
}

// client is an exchange of a client that boots.
type client struct {
	*pipeline.Exchange
	method method
	arch   int // the index of its architecture that counts, or noArch
}

// noArch says that the client names no architecture.
const noArch = -1

// find gives the first entry that matches, or nil.
func (h *handler) find(c *client) (*rule, error) {
	for i := range h.rules {
		r := &h.rules[i]
		if !r.filter.matches(c) {
			continue
		}
		if r.when == nil {
			return r, nil
		}
		ok, err := r.when.Match(c.Exchange)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.at, err)
		}
		if ok {
			return r, nil
		}
	}
	return nil, nil
}

// answer proposes the URL and, where that stands, its parameters. The server
// keeps them from firmware that cannot bear them.
func (r *rule) answer(c *client) error {
	url := r.url
	if url == nil && c.method == ipxe {
		url = r.script
	}
	if url == nil {
		return nil
	}
	stands, err := url.propose(c)
	if err != nil {
		return fmt.Errorf("%s: %w", r.at, err)
	}
	if stands && r.params != nil {
		c.SetOption(r.params)
	}
	return nil
}

// usual is how long a URL is at most, in practice.
const usual = 512

// propose proposes the URL, formed for the exchange if it has to be, and says
// whether it stands.
func (t *template) propose(c *client) (bool, error) {
	if t.static != nil {
		return c.SetOption(t.static), nil
	}
	var space [usual]byte
	url, ok, err := t.append(space[:0], c)
	if err != nil || !ok {
		return false, err
	}
	return c.SetOptionData(dhcpv6.OptionBootfileURL, url)
}
