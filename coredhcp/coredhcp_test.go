package coredhcp_test

import (
	"testing"

	"github.com/coredhcp/coredhcp/plugins"
	"github.com/coredhcp/coredhcp/plugins/dns"
	"github.com/coredhcp/coredhcp/plugins/example"
	"github.com/coredhcp/coredhcp/plugins/nbp"
	"github.com/coredhcp/coredhcp/plugins/prefix"
	"github.com/coredhcp/coredhcp/plugins/searchdomains"
	serverid "github.com/coredhcp/coredhcp/plugins/serverid"
	"github.com/coredhcp/coredhcp/plugins/sleep"

	"github.com/stage6/stage6/coredhcp"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
)

func adapt(all ...*plugins.Plugin) (out []pipeline.Plugin) {
	for _, p := range all {
		out = append(out, coredhcp.Adapt(p))
	}
	return out
}

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", adapt(&dns.Plugin, &example.Plugin, &nbp.Plugin, &prefix.Plugin, &searchdomains.Plugin, &serverid.Plugin, &sleep.Plugin))
}
