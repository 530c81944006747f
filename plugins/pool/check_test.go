package pool

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
)

func TestCheckWarnsOfRangesThatServeNobody(t *testing.T) {
	const yaml = `server6:
  plugins:
    - pool:
        - '2001:db8:10::d:0/112'
        - '2001:db8:20::d:0/112'
    - pool: '2001:db8:10:0:ffff::-2001:db8:10:1::ff'
      name: wide
`
	got := pipelinetest.Warnings(t, yaml, []pipelinetest.Interface{
		{Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}},
	}, []pipeline.Plugin{Plugin})
	want := []string{
		`config.yml:3:7: pool: range "2001:db8:20::d:0/112" is on no link and serves nobody: give its link the prefix under server6.links, or this machine an address of it`,
		`config.yml:6:7: wide: range "2001:db8:10:0:ffff::-2001:db8:10:1::ff" is on no link and serves nobody: it reaches beyond the prefixes of link prov0`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
