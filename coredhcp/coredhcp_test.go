package coredhcp_test

import (
	"net"
	"testing"
	"time"

	"github.com/coredhcp/coredhcp/handler"
	"github.com/coredhcp/coredhcp/plugins"
	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/coredhcp"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/dns"
	"github.com/stage6/stage6/plugins/identify"
	"github.com/stage6/stage6/plugins/pool"
)

// TestExchanges plays exchanges with plugins of CoreDHCP's kind among ours.
// UPDATE_GOLDEN=1 rewrites what the server says.
func TestExchanges(t *testing.T) {
	all := []pipeline.Plugin{dns.Plugin, identify.Plugin, pool.Plugin}
	for name, h := range behaviours() {
		all = append(all, adapt(name, h))
	}
	pipelinetest.Run(t, "testdata/*.txtar", all)
}

// adapt makes a plugin of one handler.
func adapt(name string, h handler.Handler6) pipeline.Plugin {
	return coredhcp.Adapt(&plugins.Plugin{Name: name, Setup6: func(...string) (handler.Handler6, error) { return h, nil }})
}

// behaviours are plugins of CoreDHCP's kind that do one thing each.
func behaviours() map[string]handler.Handler6 {
	address := func(text string) *dhcpv6.OptIAAddress {
		return &dhcpv6.OptIAAddress{IPv6Addr: net.ParseIP(text), PreferredLifetime: time.Hour, ValidLifetime: 2 * time.Hour}
	}
	return map[string]handler.Handler6{
		"vendor": change(func(_, resp *dhcpv6.Message) {
			resp.AddOption(&dhcpv6.OptVendorOpts{EnterpriseNumber: 9, VendorOpts: dhcpv6.Options{&dhcpv6.OptionGeneric{OptionCode: 1, OptionData: []byte("a")}}})
		}),
		"preferred": change(func(_, resp *dhcpv6.Message) { dhcpv6.WithPreference(7)(resp) }),
		"no-dns":    change(func(_, resp *dhcpv6.Message) { resp.Options.Del(dhcpv6.OptionDNSRecursiveNameServer) }),
		"impostor": change(func(_, resp *dhcpv6.Message) {
			resp.MessageType, resp.TransactionID = dhcpv6.MessageTypeReconfigure, dhcpv6.TransactionID{9, 9, 9}
			resp.Options.Del(dhcpv6.OptionClientID)
			dhcpv6.WithServerID(&dhcpv6.DUIDLL{HWType: iana.HWTypeEthernet, LinkLayerAddr: make([]byte, 6)})(resp)
		}),
		"address": change(func(req, resp *dhcpv6.Message) {
			for _, ia := range req.Options.IANA() {
				resp.AddOption(&dhcpv6.OptIANA{IaId: ia.IaId, T1: time.Minute, Options: dhcpv6.IdentityOptions{Options: dhcpv6.Options{address("2001:db8:10::77")}}})
			}
		}),
		"foreign-ia": change(func(_, resp *dhcpv6.Message) {
			resp.AddOption(&dhcpv6.OptIANA{IaId: [4]byte{9}, Options: dhcpv6.IdentityOptions{Options: dhcpv6.Options{address("2001:db8:10::78")}}})
		}),
		"refuses": change(func(req, resp *dhcpv6.Message) {
			for _, ia := range req.Options.IANA() {
				resp.AddOption(&dhcpv6.OptIANA{IaId: ia.IaId, Options: dhcpv6.IdentityOptions{Options: dhcpv6.Options{
					&dhcpv6.OptStatusCode{StatusCode: iana.StatusNoAddrsAvail, StatusMessage: "not today"},
				}}})
			}
		}),
		"shortens": change(func(_, resp *dhcpv6.Message) {
			for _, ia := range resp.Options.IANA() {
				for _, a := range ia.Options.Addresses() {
					a.PreferredLifetime, a.ValidLifetime = time.Minute, 2*time.Minute
				}
			}
		}),
		"withdraws": change(func(_, resp *dhcpv6.Message) {
			for _, ia := range resp.Options.IANA() {
				for _, a := range ia.Options.Addresses() {
					a.PreferredLifetime, a.ValidLifetime = 0, 0
				}
			}
		}),
		"no-ia":       change(func(_, resp *dhcpv6.Message) { resp.Options.Del(dhcpv6.OptionIANA) }),
		"silent":      func(_, _ dhcpv6.DHCPv6) (dhcpv6.DHCPv6, bool) { return nil, true },
		"stops-again": func(_, resp dhcpv6.DHCPv6) (dhcpv6.DHCPv6, bool) { return resp, true },
		"stops":       func(_, resp dhcpv6.DHCPv6) (dhcpv6.DHCPv6, bool) { return resp, true },
		"for-relays":  func(req, _ dhcpv6.DHCPv6) (dhcpv6.DHCPv6, bool) { return &dhcpv6.RelayMessage{}, false },
	}
}

// change makes a handler of what it does to the reply.
func change(do func(req, resp *dhcpv6.Message)) handler.Handler6 {
	return func(req, resp dhcpv6.DHCPv6) (dhcpv6.DHCPv6, bool) {
		inner, err := req.GetInnerMessage()
		if err != nil {
			return nil, true
		}
		do(inner, resp.(*dhcpv6.Message))
		return resp, false
	}
}
