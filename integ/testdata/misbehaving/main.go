// Command misbehaving is a stage6 with plugins that do to the program what plugins
// have done, each when a client's user class asks for it.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/coredhcp/coredhcp/handler"
	"github.com/coredhcp/coredhcp/logger"
	"github.com/coredhcp/coredhcp/plugins"
	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/coredhcp"
	"github.com/stage6/stage6/daemon"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/plugins/dns"
	"github.com/stage6/stage6/plugins/identify"
	"github.com/stage6/stage6/plugins/pebble"
	"github.com/stage6/stage6/plugins/pool"
	serverid "github.com/stage6/stage6/plugins/server_id"
)

func main() {
	os.Exit(daemon.Main([]pipeline.Plugin{
		pebble.Plugin, serverid.Plugin, identify.Plugin, pool.Plugin, dns.Plugin,
		pipeline.Define("rude", func(_ struct{}, env pipeline.Env) (pipeline.Handler, error) { return rude{env.Log}, nil }),
		pipeline.Define("patient", func(struct{}, pipeline.Env) (pipeline.Handler, error) { return patient{}, nil }),
		coredhcp.Adapt(&plugins.Plugin{Name: "guest", Setup6: func(...string) (handler.Handler6, error) { return guest, nil }}),
	}))
}

// rude does not say that it may block.
type rude struct{ log *logrus.Entry }

func (h rude) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if x.NumUserClasses() == 0 {
		return pipeline.Continue, nil
	}
	switch string(x.UserClass(0)) {
	case "panic":
		panic("out of spite")
	case "nil":
		x.Host().Name = "nobody"
	case "error":
		return pipeline.Continue, errors.New("no luck")
	case "slow":
		<-time.After(2 * time.Second)
	case "log-fatal":
		h.log.Fatal("the end")
	case "wrong-action":
		return pipeline.Action(99), nil
	case "typed-code":
		for code := dhcpv6.OptionCode(0); code < 256; code++ {
			_, _ = x.SetOptionData(code, []byte{1}) // what is refused is the plugin's to know
		}
	}
	return pipeline.Continue, nil
}

// patient says that it may block, and blocks for longer than it says.
type patient struct{}

func (patient) Blocking() pipeline.Limits { return pipeline.Limits{Deadline: 50 * time.Millisecond} }

func (patient) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if x.NumUserClasses() > 0 && string(x.UserClass(0)) == "slow-patient" {
		<-time.After(2 * time.Second)
	}
	return pipeline.Continue, nil
}

// guest is a plugin of CoreDHCP's.
func guest(req, resp dhcpv6.DHCPv6) (dhcpv6.DHCPv6, bool) {
	m, err := req.GetInnerMessage()
	if err != nil || len(m.Options.UserClasses()) == 0 {
		return resp, false
	}
	switch string(m.Options.UserClasses()[0]) {
	case "guest-panic":
		panic("out of spite")
	case "guest-log-fatal":
		logger.GetLogger("plugins/guest").Fatal("the end")
	case "guest-nil":
		return nil, false
	case "guest-typed-code":
		for code := dhcpv6.OptionCode(1); code < 150; code++ {
			if _, err := dhcpv6.ParseOption(code, []byte{1}); err != nil {
				continue // the test could not read the answer
			}
			resp.AddOption(&dhcpv6.OptionGeneric{OptionCode: code, OptionData: []byte{1}})
		}
	}
	return resp, false
}
