// Package coredhcp reads the DHCPv6 part of CoreDHCP's configuration and the
// tables of its plugin file, and makes what this server has for them. The
// configuration would do as it is, too: this is for those who want hosts, boot and
// lifetimes instead of file, nbp and what CoreDHCP does by itself.
package coredhcp

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
)

// Format gives the format coredhcp.
func Format() migrate.Format {
	return migrate.Format{Name: "coredhcp", Title: "CoreDHCP, and tables of its plugin file", Detect: detect, Import: importConfig, Export: export}
}

func detect(_ string, head []byte) int {
	switch {
	case bytes.Contains(head, []byte("server6:")) && bytes.Contains(head, []byte("plugins:")):
		return 80
	case bytes.HasPrefix(head, []byte("server4:")) || bytes.Contains(head, []byte("\nserver4:")):
		return 60
	case isTable(head):
		return 70
	}
	return 0
}

// isTable says whether the first line that is no comment has a MAC and an address.
func isTable(head []byte) bool {
	for line := range bytes.Lines(head) {
		words := strings.Fields(string(line))
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) != 2 {
			return false
		}
		_, macErr := ident.ParseMAC(words[0])
		_, addrErr := netip.ParseAddr(words[1])
		return macErr == nil && addrErr == nil
	}
	return false
}

// importer collects what the plugins say.
type importer struct {
	config *migrate.Config
	report *migrate.Report
	source *migrate.Source
	places map[string]int // of hosts by their MACs
}

func importConfig(sources []*migrate.Source, c *migrate.Config, r *migrate.Report) error {
	im := &importer{config: c, report: r, places: map[string]int{}}
	for _, s := range sources {
		im.source = s
		if isTable(s.Data) {
			im.table(s)
			continue
		}
		if err := im.read(s); err != nil {
			return err
		}
	}
	return nil
}

// read takes a configuration.
func (im *importer) read(s *migrate.Source) error {
	var root yaml.Node
	if err := yaml.Unmarshal(s.Data, &root); err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	if len(root.Content) != 1 || root.Content[0].Kind != yaml.MappingNode {
		return s.Errorf(1, "want a map with server6")
	}
	for key, value := range pairs(root.Content[0]) {
		switch key.Value {
		case "server6":
			im.server(value)
		case "server4":
			im.report.LeftOut(im.at(key), "is DHCPv4: CoreDHCP goes on with it, and the two share no port")
		default:
			im.report.LeftOut(im.at(key), "%q is no part of CoreDHCP's configuration", key.Value)
		}
	}
	return nil
}

// at gives the place of a node.
func (im *importer) at(n *yaml.Node) migrate.Origin { return im.source.At(n.Line) }

// pairs gives the keys and values of a map.
func pairs(n *yaml.Node) func(func(k, v *yaml.Node) bool) {
	return func(yield func(k, v *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

func (im *importer) server(n *yaml.Node) {
	im.config.RapidCommit = migrate.Setting{Value: "true"} // CoreDHCP grants it to whoever asks
	for key, value := range pairs(n) {
		switch key.Value {
		case "listen":
			for _, text := range texts(value) {
				im.listen(text)
			}
		case "interface":
			im.config.Listen = append(im.config.Listen, migrate.Listen{Interface: value.Value, Origin: im.at(key)})
		case "plugins":
			for _, item := range value.Content {
				for name, args := range pairs(item) {
					im.plugin(name, args)
				}
			}
		default:
			im.report.LeftOut(im.at(key), "%q is no part of CoreDHCP's configuration", key.Value)
		}
	}
}

// texts gives the values of a list, or a lone one.
func texts(n *yaml.Node) []*yaml.Node {
	if n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

// listen takes an address such as [ff02::1:2%eth0]:547.
func (im *importer) listen(n *yaml.Node) {
	host, port := n.Value, ""
	if i := strings.LastIndex(host, "]:"); i >= 0 {
		host, port = host[:i+1], host[i+2:]
	} else if strings.HasPrefix(host, ":") && strings.Count(host, ":") == 1 {
		host, port = "::", host[1:]
	}
	address, zone, _ := strings.Cut(strings.Trim(host, "[]"), "%")
	l := migrate.Listen{Interface: zone, Origin: im.at(n)}
	if address != "" {
		a, err := netip.ParseAddr(address)
		if err != nil || !a.Is6() {
			im.report.LeftOut(im.at(n), "%q is no IPv6 address to listen on", n.Value)
			return
		}
		l.Address = a
	}
	if port != "" && port != "547" {
		im.report.Changed(im.at(n), "port %s is left out: clients and relay agents send to port 547", port)
	}
	im.config.Listen = append(im.config.Listen, l)
}
