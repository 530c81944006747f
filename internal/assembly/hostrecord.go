package assembly

import (
	"encoding/json"
	"fmt"
	"net/netip"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

// OwnSource is where hosts are that were made over the API.
const OwnSource = "api"

// hostRecord is a host that was made over the API as the store keeps it.
type hostRecord struct {
	Version    uint64          `json:"version"`
	Hostname   string          `json:"hostname,omitempty"`
	State      host.State      `json:"state,omitempty"`
	Tags       []string        `json:"tags,omitempty"`
	UUIDs      []ident.UUID    `json:"uuids,omitempty"`
	Interfaces []faceRecord    `json:"interfaces"`
	Written    json.RawMessage `json:"written,omitempty"` // the options as they were written
	Options    []host.Option   `json:"options,omitempty"` // and encoded
}

type faceRecord struct {
	Name      string          `json:"name,omitempty"`
	MACs      []ident.MAC     `json:"macs,omitempty"`
	Clients   []clientRecord  `json:"clients,omitempty"`
	Ports     []ident.Port    `json:"ports,omitempty"`
	Addresses []addressRecord `json:"addresses,omitempty"`
	Prefixes  []netip.Prefix  `json:"prefixes,omitempty"`
}

type clientRecord struct {
	DUID ident.DUID `json:"duid"`
	IAID *uint32    `json:"iaid,omitempty"`
}

type addressRecord struct {
	Prefix netip.Prefix `json:"prefix"`
	Part   bool         `json:"part,omitempty"` // without the prefix of the link
}

// encodeHost gives the value that keeps a host.
func encodeHost(h *host.Host, k Kept) ([]byte, error) {
	r := hostRecord{
		Version: k.Version, Hostname: h.Hostname, State: h.State, Tags: h.Tags, UUIDs: h.UUIDs,
		Written: k.Options, Options: h.Options,
	}
	for i := range h.Interfaces {
		r.Interfaces = append(r.Interfaces, encodeFace(&h.Interfaces[i]))
	}
	return json.Marshal(r)
}

func encodeFace(f *host.Interface) faceRecord {
	r := faceRecord{Name: f.Name, MACs: f.MACs, Ports: f.Ports, Prefixes: f.Prefixes}
	for _, c := range f.Clients {
		r.Clients = append(r.Clients, clientRecord(c))
	}
	for _, a := range f.Addresses {
		r.Addresses = append(r.Addresses, addressRecord{a.Prefix, a.HostPart})
	}
	return r
}

// decodeHost reads what encodeHost gives.
func decodeHost(name string, value []byte) (*host.Host, Kept, error) {
	var r hostRecord
	if err := json.Unmarshal(value, &r); err != nil {
		return nil, Kept{}, fmt.Errorf("damaged value %q: %w: restore the leases from a backup", hostPrefix+name, err)
	}
	h := &host.Host{
		Name: name, Source: OwnSource, Hostname: r.Hostname, State: r.State, Tags: r.Tags, UUIDs: r.UUIDs, Options: r.Options,
		Interfaces: make([]host.Interface, 0, len(r.Interfaces)),
	}
	for i := range r.Interfaces {
		h.Interfaces = append(h.Interfaces, r.Interfaces[i].decode())
	}
	return h, Kept{Version: r.Version, Options: r.Written}, nil
}

func (r *faceRecord) decode() host.Interface {
	f := host.Interface{Name: r.Name, MACs: r.MACs, Ports: r.Ports, Prefixes: r.Prefixes}
	for _, c := range r.Clients {
		f.Clients = append(f.Clients, host.Client(c))
	}
	for _, a := range r.Addresses {
		f.Addresses = append(f.Addresses, host.Address{Prefix: a.Prefix, HostPart: a.Part})
	}
	return f
}
