package explain_test

import (
	"testing"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/boot"
	"github.com/stage6/stage6/plugins/deploy"
	"github.com/stage6/stage6/plugins/dns"
	"github.com/stage6/stage6/plugins/final"
	"github.com/stage6/stage6/plugins/hosts"
	"github.com/stage6/stage6/plugins/identify"
	"github.com/stage6/stage6/plugins/ignore"
	"github.com/stage6/stage6/plugins/lifetimes"
	"github.com/stage6/stage6/plugins/ntp"
	"github.com/stage6/stage6/plugins/option"
	"github.com/stage6/stage6/plugins/pool"
	"github.com/stage6/stage6/plugins/preference"
	"github.com/stage6/stage6/plugins/prefix"
	"github.com/stage6/stage6/plugins/stage"
	"github.com/stage6/stage6/plugins/tag"
)

func plugins() []pipeline.Plugin {
	return []pipeline.Plugin{
		boot.Plugin, deploy.Plugin, dns.Plugin, final.Plugin, hosts.Plugin, identify.Plugin, ignore.Plugin, lifetimes.Plugin,
		ntp.Plugin, option.Plugin, pool.Plugin, preference.Plugin, prefix.Plugin, stage.Plugin, tag.Plugin,
	}
}

func TestStories(t *testing.T) { pipelinetest.Run(t, "testdata/*.txtar", plugins()) }
