package pipelinetest

import (
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stage6/stage6/pipeline"
)

// fence is a block of YAML in a page.
var fence = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// Examples starts a server with each configuration in a page, such as
// README.md: the blocks that are marked as yaml.
func Examples(t *testing.T, page string, plugins []pipeline.Plugin) {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	found := fence.FindAllSubmatch(data, -1)
	if len(found) == 0 {
		t.Fatalf("%s has no block of YAML", page)
	}
	for i, block := range found {
		t.Run("example "+strconv.Itoa(i+1), func(t *testing.T) {
			prov0 := Interface{"prov0", []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}
			New(t, t.TempDir(), string(block[1]), []Interface{prov0}, plugins)
		})
	}
}
