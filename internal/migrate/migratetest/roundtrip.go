package migratetest

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stage6/stage6/internal/migrate"
)

// Hosts gives machines that have one of each thing that a format has room for, and
// nothing else.
func Hosts(holds migrate.Holds) (out []migrate.Host) {
	all := []migrate.Host{
		{Name: "web01", MACs: []string{"52:54:00:aa:bb:01"}, Addresses: []string{"2001:db8:10::101"}},
		{Name: "web02", DUIDs: []string{"00:01:00:01:36:eb:4c:b3:52:54:00:aa:bb:02"}, Addresses: []string{"2001:db8:10::102"}},
		{Name: "web03", MACs: []string{"52:54:00:aa:bb:03"}, Addresses: []string{"2001:db8:10::108/125"}},
		{Name: "web04", MACs: []string{"52:54:00:aa:bb:04"}, Addresses: []string{"::104"}},
		{Name: "router", DUIDs: []string{"00:04:4c:4c:45:44"}, Prefixes: []string{"2001:db8:f001::/56"}},
		{Name: "gateway", Clients: []migrate.Client{{DUID: "00:01:00:01:12:aa:23:cb:10:ac:19:83:82:a8", IAID: 221149200}}, Prefixes: []string{"2001:db8:f002::/56"}},
		{Name: "db01", MACs: []string{"52:54:00:aa:bb:05"}, Addresses: []string{"2001:db8:10::105"}, Tags: []string{"web", "rhel"}, Hostname: "db01.example.net"},
		{Name: "db02", UUIDs: []string{"4c4c4544-0042-3510-8052-b4c04f4a3132"}, Addresses: []string{"2001:db8:10::106"}, State: "deploy"},
		{Name: "db03", Interface: "eth0", MACs: []string{"52:54:00:aa:bb:07"}, Addresses: []string{"2001:db8:10::107"}},
		{Name: "db03", Interface: "eth1", MACs: []string{"52:54:00:aa:cc:07"}, Addresses: []string{"2001:db8:20::107"}},
	}
	for _, h := range all {
		r := &migrate.Report{}
		if fit := h.Fit("format", holds, r); len(r.Entries()) == 0 && cmp.Equal(fit, h, cmpopts.EquateEmpty()) {
			out = append(out, h)
		}
	}
	return out
}

// RoundTrip exports hosts and imports them again, which gives the same hosts; what
// is ignored of them, such as names in a format without names, is left out of the
// comparison.
func RoundTrip(t *testing.T, f migrate.Format, hosts []migrate.Host, ignored ...string) {
	t.Helper()
	if len(hosts) == 0 {
		t.Fatal("there are no hosts that the format can hold")
	}
	ignore := cmpopts.IgnoreFields(migrate.Host{}, append(ignored, "Origin")...)
	text := Exported(t, f, hosts)
	got := imported(t, f, text)
	if diff := cmp.Diff(hosts, got, ignore, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("after export and import (-before +after):\n%s\n%s", diff, text)
	}
	if again := Exported(t, f, got); string(again) != string(text) && len(ignored) == 0 {
		t.Errorf("a second export is another one (-first +second):\n%s", cmp.Diff(string(text), string(again)))
	}
}

// Exported exports hosts of which the format can hold everything.
func Exported(t *testing.T, f migrate.Format, hosts []migrate.Host) []byte {
	t.Helper()
	var out bytes.Buffer
	r := &migrate.Report{}
	if err := f.Export(&out, hosts, r); err != nil {
		t.Fatal(err)
	}
	if n := r.Count(migrate.LeftOut); n > 0 {
		t.Errorf("%d things were left out:\n%s", n, Report(r))
	}
	return out.Bytes()
}

func imported(t *testing.T, f migrate.Format, text []byte) []migrate.Host {
	t.Helper()
	c, r := &migrate.Config{}, &migrate.Report{}
	if err := f.Import([]*migrate.Source{migrate.NewSource("exported", text)}, c, r); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	c.Repair(r)
	if n := r.Count(migrate.LeftOut); n > 0 {
		t.Errorf("%d things were left out when it was imported again:\n%s", n, Report(r))
	}
	return c.Hosts
}
