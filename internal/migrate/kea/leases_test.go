package kea

import (
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
)

const header = leaseHeader + ",subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context\n"

// leasesOf writes files, and reads the leases that the first names.
func leasesOf(t *testing.T, files map[string]string) (got []string, r *migrate.Report) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r = &migrate.Report{}
	sink := &migrate.LeaseSink{
		Report: r,
		Lease: func(l migrate.Lease) error {
			got = append(got, fmt.Sprintf("%s %s %s until %d mac=%s name=%s", l.Prefix, l.State, l.Key, l.Until.Unix(), l.MAC, l.Hostname))
			return nil
		},
		ServerID: func(d ident.DUID, _ migrate.Origin) { got = append(got, "server "+d.String()) },
	}
	if err := readLeases(t.Context(), []string{"kea-leases6.csv"}, sink); err != nil {
		t.Fatal(err)
	}
	return got, r
}

func TestTheLastLineOfALeaseCounts(t *testing.T) {
	got, r := leasesOf(t, map[string]string{"kea-leases6.csv": header +
		"2001:db8::1,00:03:00:01:0a,4000,1770280000,1,3000,0,7,128,0,0,a&#x2cb.,52:54:00:aa:bb:01,0,\n" +
		"2001:db8::1,00:03:00:01:0a,4000,1770290000,1,3000,0,7,128,0,0,web01.,52:54:00:aa:bb:01,0,\n" +
		"2001:db8::2,00:03:00:01:0b,4000,1770280000,1,3000,0,8,128,0,0,,,0,\n" +
		"2001:db8::2,00:03:00:01:0b,0,1770280000,1,3000,0,8,128,0,0,,,0,\n" +
		"2001:db8::3,00:00:00,86400,1770280000,1,0,0,0,128,0,0,,,1,\n" +
		"2001:db8::4,00:03:00:01:0d,4000,1770280000,1,3000,0,9,128,0,0,,,2,\n" +
		"2001:db8:100::,00:03:00:01:0a,4294967295,6065000000,1,3000,2,7,56,0,0,,,0,\n" +
		"2001:db8::5,00:03:00:01:0e,4000,1770280000,1,3000,1,9,128,0,0,,,0,\n" +
		"10.0.0.1,00:03:00:01:0e,4000,1770280000,1,3000,0,9,128,0,0,,,0,\n"})
	want := []string{
		"2001:db8::1/128 active 00:03:00:01:0a/IA_NA:00000007 until 1770290000 mac=52:54:00:aa:bb:01 name=web01",
		"2001:db8::3/128 declined 00:00:00/IA_NA:00000001 until 1770280000 mac=00:00:00:00:00:00 name=",
		"2001:db8:100::/56 active 00:03:00:01:0a/IA_PD:00000007 until -62135596800 mac=00:00:00:00:00:00 name=",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := r.Count(migrate.LeftOut); n != 2 {
		t.Errorf("%d lines are left out, want the temporary address and the IPv4 one: %v", n, r.Entries())
	}
}

func TestFilesOfACleanUpAreReadInTheirOrder(t *testing.T) {
	line := func(expire int) string {
		return header + fmt.Sprintf("2001:db8::1,00:03:00:01:0a,4000,%d,1,3000,0,7,128,0,0,,,0,\n", expire)
	}
	until := func(expire int) []string {
		return []string{fmt.Sprintf("2001:db8::1/128 active 00:03:00:01:0a/IA_NA:00000007 until %d mac=00:00:00:00:00:00 name=", expire)}
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"while one goes on":        {map[string]string{"kea-leases6.csv": header, "kea-leases6.csv.1": line(200000), "kea-leases6.csv.2": line(100000)}, until(200000)},
		"when one was done":        {map[string]string{"kea-leases6.csv": header, "kea-leases6.csv.completed": line(300000), "kea-leases6.csv.1": line(200000)}, until(300000)},
		"the present file at last": {map[string]string{"kea-leases6.csv": line(400000), "kea-leases6.csv.completed": line(300000)}, until(400000)},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := leasesOf(t, c.files)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOldFilesHaveFewerColumns(t *testing.T) {
	got, _ := leasesOf(t, map[string]string{"kea-leases6.csv": leaseHeader + ",subnet_id,pref_lifetime,lease_type,iaid,prefix_len\r\n" +
		"2001:db8::1,00:03:00:01:0a,4000,1770280000,1,3000,0,7,128\r\n"})
	if want := "2001:db8::1/128 active 00:03:00:01:0a/IA_NA:00000007 until 1770280000 mac=00:00:00:00:00:00 name="; len(got) != 1 || got[0] != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestLeasesOfDHCPv4AreRefused(t *testing.T) {
	r := &leaseReader{to: &migrate.LeaseSink{Report: &migrate.Report{}}, name: "kea-leases4.csv", last: map[leaseKey]int{}}
	err := r.check(map[string]int{"address": 0, "hwaddr": 1})
	if want := `kea-leases4.csv:1: there is no column "duid": want leases of DHCPv6, as kea-dhcp6 writes them`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
