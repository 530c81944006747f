package server_test

import (
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/plugins/dns"
	"github.com/stage6/stage6/plugins/hosts"
	"github.com/stage6/stage6/plugins/identify"
	"github.com/stage6/stage6/plugins/ignore"
	"github.com/stage6/stage6/plugins/lifetimes"
	"github.com/stage6/stage6/plugins/nbp"
	"github.com/stage6/stage6/plugins/ntp"
	"github.com/stage6/stage6/plugins/option"
	"github.com/stage6/stage6/plugins/pool"
	"github.com/stage6/stage6/plugins/preference"
	"github.com/stage6/stage6/plugins/prefix"
	"github.com/stage6/stage6/plugins/searchdomains"
	serverid "github.com/stage6/stage6/plugins/server_id"
	"github.com/stage6/stage6/plugins/tag"
)

// plugins are those that the exchanges of these tests use.
func plugins() []pipeline.Plugin {
	return []pipeline.Plugin{
		dns.Plugin, hosts.Plugin, identify.Plugin, ignore.Plugin, lifetimes.Plugin, nbp.Plugin, ntp.Plugin, option.Plugin,
		pool.Plugin, preference.Plugin, prefix.Plugin, searchdomains.Plugin, serverid.Plugin, tag.Plugin,
	}
}
