package daemon

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
)

func TestHostsOfTheAPIAreExported(t *testing.T) {
	iaid := uint32(7)
	h := &api.Host{
		Name: "web01", State: host.Deploy, Pinned: ident.DUID("\x00\x04LLED"), Hostname: "web01", Tags: []string{"rhel"},
		Source: "hosts.yml:2:1",
		Interfaces: []api.HostInterface{
			{Name: "eth0", MACs: []ident.MAC{{0x52, 0x54, 0, 0xaa, 0xbb, 1}}, Clients: []api.HostClient{{DUID: "\x00\x04LLEE"}, {DUID: "\x00\x04LLEF", IAID: &iaid}}},
			{Name: "eth1", Addresses: []string{"::5"}},
		},
	}
	origin := migrate.Origin{File: "hosts.yml", Line: 2}
	want := []migrate.Host{
		{
			Name: "web01", Interface: "eth0", MACs: []string{"52:54:00:aa:bb:01"}, DUIDs: []string{"00:04:4c:4c:45:45"},
			Clients: []migrate.Client{{DUID: "00:04:4c:4c:45:46", IAID: 7}}, State: "deploy", Pinned: "00:04:4c:4c:45:44",
			Tags: []string{"rhel"}, Origin: origin,
		},
		{Name: "web01", Interface: "eth1", Addresses: []string{"::5"}, Origin: origin},
	}
	if diff := cmp.Diff(want, foreignHost(h, nil), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestOptionsOfHostsAreReadInEveryForm(t *testing.T) {
	for text, want := range map[string][]migrate.Option{
		``:     nil,
		`null`: nil,
		`"x"`:  nil,
		`{"dns_servers":["2001:db8::53"],"32":60}`: {
			{Key: "32", Value: int64(60)}, {Key: "dns_servers", Value: []any{"2001:db8::53"}},
		},
		`[{"code":23,"type":"hex","value":"00"},{"250":{"type":"string","value":"a"}}]`: {
			{Key: "23", Value: migrate.Typed("hex", "00")}, {Key: "250", Value: migrate.Typed("string", "a")},
		},
	} {
		if diff := cmp.Diff(want, foreignOptions(json.RawMessage(text))); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestThePlaceOfAHostIsTakenApart(t *testing.T) {
	for source, want := range map[string]migrate.Origin{
		"hosts.yml:2:1": {File: "hosts.yml", Line: 2}, "api": {File: "api"}, "": {}, "a:b": {File: "a:b"},
	} {
		if got := foreignOrigin(source); got != want {
			t.Errorf("%q: got %+v", source, got)
		}
	}
}
