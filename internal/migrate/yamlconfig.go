package migrate

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// writer makes the YAML of a configuration.
type writer struct {
	config      *Config
	hosts, boot *yaml.Node // what stands under those plugins
}

func (w *writer) root() *yaml.Node {
	return mapNode(Map{
		{Key: "leases", Value: cmp.Or(w.config.Leases, defaultLeases)},
		{Key: "api", Value: "unix:/run/stage6/api.sock"},
		{Key: "server6", Value: w.server()},
	})
}

func (w *writer) server() *yaml.Node {
	c := w.config
	m := Map{
		{Key: "listen", Value: listens(c.Listen)},
		{Key: "relays", Value: settings(c.Relays)},
		{Key: "links", Value: links(c.Links)},
	}
	if c.RapidCommit.Value != "" {
		m = append(m, Member{Key: "rapid_commit", Value: c.RapidCommit.Value == "true", Origin: c.RapidCommit.Origin})
	}
	m = append(append(m, Member{Key: "always", Value: settings(c.Always)}), c.Server...)
	return mapNode(append(m, Member{Key: "plugins", Value: w.plugins()}))
}

// commented gives a value with where it is from.
func commented(v any, o Origin) *yaml.Node {
	n := valueNode(v)
	n.LineComment = o.String()
	return n
}

func settings(list []Setting) (out []any) {
	for _, s := range list {
		n := keyNode(s.Value)
		n.LineComment = s.Origin.String()
		out = append(out, n)
	}
	return out
}

func listens(list []Listen) (out []any) {
	for _, l := range list {
		address := "ff02::1:2"
		if l.Address.IsValid() {
			address = l.Address.WithZone("").String()
		}
		if l.Interface != "" {
			address += "%" + l.Interface
		}
		out = append(out, commented("["+address+"]", l.Origin))
	}
	return out
}

func links(list []Link) (out []any) {
	for _, l := range list {
		m := Map{
			{Key: "name", Value: l.Name, Origin: l.Origin},
			{Key: "interface", Value: l.Interface, Origin: l.Origin},
			{Key: "prefixes", Value: texts(l.Prefixes)},
		}
		if l.Name != "" {
			m[1].Origin = Origin{}
		}
		if l.RapidCommit {
			m = append(m, Member{Key: "rapid_commit", Value: true})
		}
		out = append(out, mapNode(m))
	}
	return out
}

func texts[T fmt.Stringer](list []T) (out []string) {
	for _, x := range list {
		out = append(out, x.String())
	}
	return out
}

// order is that of the plugins in a configuration.
func order() []string {
	return []string{
		"server_id", "identify", "hosts", "file", "tag", "stage", "ignore", "preference", "lifetimes", "final", "deploy",
		"pool", "prefix", "route", "ra", "dns", "searchdomains", "ntp", "nbp", "boot", "option",
	}
}

// plugins gives the list of plugins in its order. Steps of one plugin keep
// theirs; of plugins that are not known here the place is the end.
func (w *writer) plugins() []any {
	steps := w.steps()
	rank := func(s Step) int {
		if i := slices.Index(order(), s.Plugin); i >= 0 {
			return i
		}
		return len(order())
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return rank(a) - rank(b) })
	var out []any
	for _, s := range steps {
		out = append(out, stepNode(s))
	}
	return out
}

func stepNode(s Step) *yaml.Node {
	return mapNode(Map{
		{Key: s.Plugin, Value: s.Value, Origin: s.Origin},
		{Key: "name", Value: s.Name},
		{Key: "when", Value: s.When},
	})
}

func (w *writer) steps() []Step {
	c := w.config
	id := c.ServerID
	id.Value = cmp.Or(id.Value, "auto")
	steps := []Step{{Plugin: "server_id", Value: id.Value, Origin: id.Origin}}
	if c.Identify.Value != "" {
		steps = append(steps, Step{Plugin: "identify", Value: c.Identify.Value, Origin: c.Identify.Origin})
	}
	if len(c.Hosts) > 0 {
		steps = append(steps, Step{Plugin: "hosts", Value: w.hosts})
	}
	if len(c.Tags) > 0 {
		steps = append(steps, Step{Plugin: "tag", Value: tagMap(c.Tags)})
	}
	if len(c.Stage) > 0 {
		steps = append(steps, Step{Plugin: "stage", Value: tagMap(c.Stage)})
	}
	steps = append(steps, c.Steps...)
	for _, l := range c.Lifetimes {
		steps = append(steps, Step{Plugin: "lifetimes", Value: lifetimeMap(l), When: l.When, Origin: l.Origin})
	}
	for _, p := range c.Pools {
		steps = append(steps, poolStep(p))
	}
	for _, p := range c.Prefixes {
		steps = append(steps, prefixStep(p))
	}
	steps = append(steps, optionSteps(c.Options)...)
	if len(c.Boot) > 0 {
		steps = append(steps, Step{Plugin: "boot", Value: w.boot})
	}
	return steps
}

func tagMap(tags []Tag) (m Map) {
	for _, t := range tags {
		m = append(m, Member{Key: t.Name, Value: t.When, Origin: t.Origin})
	}
	return m
}

func lifetimeMap(l Lifetime) (m Map) {
	for _, x := range []struct {
		key string
		d   *time.Duration
	}{
		{"preferred", l.Preferred}, {"valid", l.Valid}, {"min_preferred", l.MinPreferred}, {"max_preferred", l.MaxPreferred},
		{"min_valid", l.MinValid}, {"max_valid", l.MaxValid}, {"t1", l.T1}, {"t2", l.T2},
	} {
		m = append(m, Member{Key: x.key, Value: duration(x.d)})
	}
	return m
}

// Duration writes a time as configurations do.
func Duration(d time.Duration) string { return duration(&d) }

// duration writes a time in the largest units that it is whole in, or nothing.
func duration(d *time.Duration) string {
	switch {
	case d == nil:
		return ""
	case *d >= 0xffffffff*time.Second:
		return "infinity"
	case *d == 0:
		return "0s"
	}
	for _, u := range []struct {
		name string
		d    time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}} {
		if *d%u.d == 0 && (u.d > time.Minute || *d < time.Hour) {
			return fmt.Sprintf("%d%s", *d/u.d, u.name)
		}
	}
	if *d%time.Minute == 0 {
		return fmt.Sprintf("%dh%dm", *d/time.Hour, *d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%ds", *d/time.Second)
}

func poolStep(p Pool) Step {
	s := Step{Plugin: "pool", Name: p.Name, When: p.When, Origin: p.Origin}
	ranges := "range"
	m := Map{}
	if p.Deploy {
		s.Plugin, ranges = "deploy", "pool"
		m = append(m, Member{Key: "lifetime", Value: duration(p.Valid)})
	} else {
		m = append(m, Member{Key: "preferred", Value: duration(p.Preferred)}, Member{Key: "valid", Value: duration(p.Valid)})
	}
	m = append(m,
		Member{Key: "exclude", Value: oneOrMore(p.Exclude)},
		Member{Key: "allocation", Value: p.Allocation},
		Member{Key: "options", Value: optionsMap(p.Options)},
	)
	m = slices.DeleteFunc(m, func(x Member) bool { return nothing(x.Value) })
	if s.Value = oneOrMore(p.Ranges); len(m) > 0 {
		s.Value = append(Map{{Key: ranges, Value: oneOrMore(p.Ranges)}}, m...)
	}
	return s
}

func oneOrMore(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

func prefixStep(p Prefix) Step {
	s := Step{Plugin: "prefix", Name: p.Name, When: p.When, Origin: p.Origin}
	m := slices.DeleteFunc(Map{
		{Key: "exclude", Value: oneOrMore(texts(p.Exclude))},
		{Key: "excluded_prefix", Value: p.ExcludedPrefix},
		{Key: "link", Value: p.Link},
		{Key: "preferred", Value: duration(p.Preferred)},
		{Key: "valid", Value: duration(p.Valid)},
		{Key: "options", Value: optionsMap(p.Options)},
	}, func(x Member) bool { return nothing(x.Value) })
	if len(m) == 0 && len(p.Pools) == 1 {
		s.Value = fmt.Sprintf("%s %d", p.Pools[0], p.Length)
		return s
	}
	s.Value = append(Map{{Key: "pool", Value: oneOrMore(texts(p.Pools))}, {Key: "length", Value: p.Length}}, m...)
	return s
}

func optionsMap(options []Option) Map {
	m := Map{}
	for _, o := range options {
		m = append(m, Member{Key: o.Key, Value: o.Value, Origin: o.Origin})
	}
	return m
}

// optionSteps gives options to the plugins that are made for them, and others,
// as long as they have the same condition, to one option.
func optionSteps(options []Option) (steps []Step) {
	special := map[string]string{"dns_servers": "dns", "domain_list": "searchdomains", "ntp_server": "ntp"}
	for _, o := range options {
		if plugin := special[o.Key]; plugin != "" && !typed(o.Value) {
			steps = append(steps, Step{Plugin: plugin, Value: o.Value, When: o.When, Origin: o.Origin})
			continue
		}
		member := Member{Key: o.Key, Value: o.Value, Origin: o.Origin}
		i := slices.IndexFunc(steps, func(s Step) bool { return s.Plugin == "option" && s.When == o.When })
		if i >= 0 {
			m := steps[i].Value.(Map)
			if !slices.ContainsFunc(m, func(x Member) bool { return x.Key == o.Key }) {
				steps[i].Value = append(m, member)
			} // else the earlier one wins in any case
			continue
		}
		steps = append(steps, Step{Plugin: "option", Value: Map{member}, When: o.When})
	}
	return steps
}

// typed says whether a value is a map with a type of its own.
func typed(v any) bool {
	_, ok := v.(Map)
	return ok
}

// hostsMap gives hosts by name. Those that are interfaces of one machine stand
// under its name.
func hostsMap(hosts []Host) (m Map) {
	interfaces := map[string]Map{}
	for _, h := range hosts {
		interfaces[h.Name] = append(interfaces[h.Name], Member{Key: h.Interface, Value: interfaceMap(h), Origin: h.Origin})
	}
	for _, h := range hosts {
		if h.Interface == "" {
			m = append(m, Member{Key: h.Name, Value: hostMap(h), Origin: h.Origin})
			continue
		}
		if of := interfaces[h.Name]; of != nil {
			m = append(m, Member{Key: h.Name, Value: append(machineMap(h), Member{Key: "interfaces", Value: of})})
			delete(interfaces, h.Name)
		}
	}
	return m
}

// interfaceMap is what stands with one interface of a machine.
func interfaceMap(h Host) Map {
	return Map{
		{Key: "mac", Value: oneOrMore(h.MACs)}, {Key: "duid", Value: oneOrMore(h.DUIDs)}, {Key: "client", Value: clientList(h)},
		{Key: "port", Value: oneOrMore(h.Ports)},
		{Key: "address", Value: oneOrMore(h.Addresses)}, {Key: "prefix", Value: oneOrMore(h.Prefixes)},
	}
}

// machineMap is what stands with the whole machine.
func machineMap(h Host) Map {
	return Map{
		{Key: "uuid", Value: oneOrMore(h.UUIDs)},
		{Key: "hostname", Value: h.Hostname}, {Key: "state", Value: h.State}, {Key: "tags", Value: h.Tags},
		{Key: "options", Value: optionsMap(h.Options)},
	}
}

func hostMap(h Host) Map {
	m, machine := interfaceMap(h), machineMap(h)
	return slices.Concat(m[:3], machine[:1], m[3:], machine[1:])
}

func clientList(h Host) any {
	clients := []any{}
	for _, c := range h.Clients {
		n := mapNode(Map{{Key: "duid", Value: c.DUID}, {Key: "iaid", Value: c.IAID}})
		n.Style = yaml.FlowStyle
		clients = append(clients, n)
	}
	if len(clients) == 1 {
		return clients[0]
	}
	return clients
}

func bootList(entries []Boot) (out []any) {
	for _, b := range entries {
		m := Map{
			{Key: "when", Value: b.When}, {Key: "stage", Value: oneOrMore(b.Stage)},
			{Key: "method", Value: oneOrMore(b.Method)}, {Key: "arch", Value: oneOrMore(b.Arch)},
			{Key: "url", Value: b.URL, Origin: b.Origin}, {Key: "params", Value: oneOrMore(b.Params)},
		}
		if b.Local {
			m = append(m, Member{Key: "local", Value: true, Origin: b.Origin})
		}
		out = append(out, mapNode(m))
	}
	return out
}

// MaskedPrefix reads a prefix, and clears the bits beyond its length; changed
// says that there were some.
func MaskedPrefix(s string) (p netip.Prefix, changed bool, err error) {
	p, err = netip.ParsePrefix(strings.TrimSpace(s))
	if err != nil || !p.Addr().Is6() || p.Addr().Is4In6() {
		return netip.Prefix{}, false, fmt.Errorf("%q is no IPv6 prefix", s)
	}
	return p.Masked(), p != p.Masked(), nil
}
