package daemon

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/migrate"
)

// hostsOfFiles gives the hosts of configurations and of lists of hosts.
func (p *program) hostsOfFiles(files []string) (out []migrate.Host, err error) {
	var lists []string
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if !bytes.HasPrefix(data, []byte("server6:")) && !bytes.Contains(data, []byte("\nserver6:")) {
			lists = append(lists, name)
			continue
		}
		hosts, err := p.hostsOf(name, data)
		if err != nil {
			return nil, err
		}
		out = append(out, hosts...)
	}
	if len(lists) == 0 {
		return out, nil
	}
	hosts, err := p.hostsOfLists(lists)
	return append(out, hosts...), err
}

// hostsOfLists reads lists by a configuration that has nothing else.
func (p *program) hostsOfLists(lists []string) ([]migrate.Host, error) {
	var quoted []string
	for _, name := range lists {
		abs, err := filepath.Abs(name)
		if err != nil {
			return nil, err
		}
		quoted = append(quoted, "'"+strings.ReplaceAll(abs, "'", "''")+"'")
	}
	text := fmt.Sprintf("leases: memory\nserver6:\n  plugins:\n    - hosts: [%s]\n", strings.Join(quoted, ", "))
	return p.hostsOf("config.yml", []byte(text))
}

// hostsOf gives the hosts that the plugins of a configuration know.
func (p *program) hostsOf(name string, data []byte) (out []migrate.Host, err error) {
	file, err := config.Parse(name, data)
	if err != nil {
		return nil, &usageError{err}
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	table := bindings.New(time.Now, bindings.Options{})
	parts, err := assembly.Plugins(p.plugins).Make(assembly.Surroundings{
		File: file, Table: table, Pools: table.NewPoolSet(), Log: log, Clock: time.Now, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		return nil, &usageError{err}
	}
	defer func() { _ = parts.Close() }() // nothing is in use
	for _, h := range parts.Hosts.All() {
		out = append(out, foreignHost(describeFileHost(h), encodedOptions(h.Options))...)
	}
	return out, nil
}

// encodedOptions gives options as they are sent.
func encodedOptions(options []host.Option) (out []migrate.Option) {
	for _, o := range options {
		out = append(out, migrate.Option{Key: migrate.OptionKey(o.Code), Value: migrate.Raw(o.Data)})
	}
	return out
}

// describeFileHost gives a host of a file as the API shows it.
func describeFileHost(h *host.Host) *api.Host {
	out := &api.Host{Name: h.Name, State: h.State, Hostname: h.Hostname, Tags: h.Tags, Source: h.Source}
	for _, u := range h.UUIDs {
		out.UUIDs = append(out.UUIDs, u.String())
	}
	for i := range h.Interfaces {
		out.Interfaces = append(out.Interfaces, describeInterface(&h.Interfaces[i]))
	}
	return out
}

// foreignHost turns a host into those of formats: one for each interface.
func foreignHost(h *api.Host, options []migrate.Option) (out []migrate.Host) {
	machine := migrate.Host{Name: h.Name, UUIDs: h.UUIDs, Hostname: h.Hostname, Tags: h.Tags, Options: options, Origin: foreignOrigin(h.Source)}
	if machine.Hostname == machine.Name {
		machine.Hostname = ""
	}
	if h.Pinned != "" {
		machine.Pinned = h.Pinned.String()
	}
	if h.State != host.New {
		machine.State = h.State.String()
	}
	for n := range h.Interfaces {
		out = append(out, foreignInterface(machine, &h.Interfaces[n], n == 0))
	}
	return out
}

// foreignInterface gives an interface of a machine. What is said of the whole
// machine stands with the first.
func foreignInterface(machine migrate.Host, f *api.HostInterface, first bool) migrate.Host {
	out := machine
	if !first {
		out = migrate.Host{Name: machine.Name, Origin: machine.Origin}
	}
	out.Interface = f.Name
	for _, m := range f.MACs {
		out.MACs = append(out.MACs, m.String())
	}
	for _, c := range f.Clients {
		if c.IAID == nil {
			out.DUIDs = append(out.DUIDs, c.DUID.String())
		} else {
			out.Clients = append(out.Clients, migrate.Client{DUID: c.DUID.String(), IAID: *c.IAID})
		}
	}
	out.Ports, out.Addresses = f.Ports, f.Addresses
	for _, p := range f.Prefixes {
		out.Prefixes = append(out.Prefixes, p.String())
	}
	return out
}

// foreignOrigin takes the place of a host apart: file:line:column, or api.
func foreignOrigin(source string) migrate.Origin {
	parts := strings.Split(source, ":")
	if len(parts) > 1 {
		if line, err := strconv.Atoi(parts[1]); err == nil {
			return migrate.Origin{File: parts[0], Line: line}
		}
	}
	return migrate.Origin{File: source}
}

// foreignOptions reads the options of a host, which are a map, or a list of such
// and of maps with code, type and value.
func foreignOptions(raw json.RawMessage) (out []migrate.Option) {
	var value any
	if len(raw) == 0 || json.Unmarshal(raw, &value) != nil {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, entry := range list {
		m, _ := entry.(map[string]any)
		if code, ok := m["code"]; ok {
			out = append(out, migrate.Option{Key: fmt.Sprint(code), Value: migrate.Typed(fmt.Sprint(cmp.Or(m["type"], any("string"))), plain(m["value"]))})
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(m)) {
			out = append(out, migrate.Option{Key: key, Value: plain(m[key])})
		}
	}
	return out
}

// plain turns a value of JSON into one of a configuration.
func plain(v any) any {
	switch v := v.(type) {
	case float64:
		return int64(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	case map[string]any:
		out := migrate.Map{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = append(out, migrate.Member{Key: key, Value: plain(v[key])})
		}
		return out
	}
	return v
}
