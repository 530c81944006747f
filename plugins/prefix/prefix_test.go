package prefix

import (
	"context"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/hosts"
	"github.com/stage6/stage6/plugins/identify"
)

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{Plugin, hosts.Plugin, identify.Plugin, pipeline.Define("option", newOption).WithDryRun()})
}

// newOption makes a handler that sets options as a plugin does.
func newOption(o optiontext.Values, _ pipeline.Env) (pipeline.Handler, error) {
	return pipeline.HandlerFunc(func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
		for _, one := range o {
			x.SetOption(one)
		}
		return pipeline.Continue, nil
	}), nil
}

func TestExcludedPrefixLiesInTheDelegatedOne(t *testing.T) {
	for name, tc := range map[string]struct{ excluded, delegated, want string }{
		"the first /64":  {"::/64", "2001:db8:f000:ff00::/56", "2001:db8:f000:ff00::/64"},
		"the second /64": {"0:0:0:1::/64", "2001:db8:f000:ff00::/56", "2001:db8:f000:ff01::/64"},
		"the last /64":   {"0:0:0:ff::/64", "2001:db8:f000:ff00::/56", "2001:db8:f000:ffff::/64"},
	} {
		t.Run(name, func(t *testing.T) {
			h := handler{excluded: netip.MustParsePrefix(tc.excluded)}
			if got := h.excludedOf(netip.MustParsePrefix(tc.delegated)); got != netip.MustParsePrefix(tc.want) {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestCheckWarnsOfWhatWouldNotWork(t *testing.T) {
	const yaml = `server6:
  plugins:
    - prefix:
        pool: '2001:db8::/40'
        length: 56
        link: [prov0, rack2]
    - prefix:
        pool: '2001:db8:100::/40'
        length: 56
        exclude: '2001:db8:100::/48'
`
	got := pipelinetest.Warnings(t, yaml, []pipelinetest.Interface{
		{Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}},
		{Name: "prov1", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:100::/64")}},
	}, []pipeline.Plugin{Plugin})
	want := []string{
		`config.yml:3:7: prefix: no link is named "rack2": give it that name under server6.links`,
		`config.yml:3:7: prefix: pool 2001:db8::/40 overlaps 2001:db8:10::/64, which is on link prov0: exclude what is in use there`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
