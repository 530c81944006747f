package managed

import "testing"

func TestFlagsFollowFromThePlugins(t *testing.T) {
	for name, tc := range map[string]struct {
		plugins []string
		want    Flags
	}{
		"a pool leases addresses":            {[]string{"server_id", "pool", "dns"}, Flags{Managed: true, Other: true}},
		"hosts have addresses":               {[]string{"hosts"}, Flags{Managed: true, Other: true}},
		"only options":                       {[]string{"dns", "ntp", "ra"}, Flags{Other: true}},
		"prefixes are asked for in any case": {[]string{"prefix"}, Flags{Other: true}},
		"a plugin of somebody's":             {[]string{"dns", "ipam"}, Flags{Other: true, Unsure: true}},
		"nothing":                            {[]string{"server_id", "ra"}, Flags{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Of(tc.plugins); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}
