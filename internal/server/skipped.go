package server

import (
	"strconv"
	"sync/atomic"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/internal/wire"
)

// skipped counts the options that were there and not used, by code: malformed ones,
// obsolete ones, second copies. Code 0 is of octets that are no option, and of codes
// that are not below 256.
type skipped [256]atomic.Uint64

// add counts what a message had skipped, which is seldom anything.
func (c *skipped) add(m *wire.Message) {
	for _, s := range m.Skipped {
		code := s.Code
		if int(code) >= len(c) {
			code = 0
		}
		c[code].Add(uint64(s.Count))
	}
}

var descSkipped = prometheus.NewDesc("stage6_options_skipped_total", "Options of clients and relay agents that were not used: malformed ones, obsolete ones, second copies.", []string{"option"}, nil)

// known lists the options that have a value of the label of their own.
func (c *skipped) known() []dhcpv6.OptionCode {
	return []dhcpv6.OptionCode{
		dhcpv6.OptionIANA, dhcpv6.OptionIATA, dhcpv6.OptionIAAddr, dhcpv6.OptionORO, dhcpv6.OptionElapsedTime, dhcpv6.OptionRelayMsg,
		dhcpv6.OptionRapidCommit, dhcpv6.OptionUserClass, dhcpv6.OptionVendorClass, dhcpv6.OptionInterfaceID, dhcpv6.OptionIAPD,
		dhcpv6.OptionIAPrefix, dhcpv6.OptionRemoteID, dhcpv6.OptionRelayAgentSubscriberID, dhcpv6.OptionFQDN, dhcpv6.OptionClientArchType,
		dhcpv6.OptionRSOO, dhcpv6.OptionClientLinkLayerAddr, dhcpv6.OptionRelayPort,
	}
}

// collect gives a metric for each of those, and one for all others: who sends
// messages must not make the page of metrics grow.
func (c *skipped) collect(ch chan<- prometheus.Metric) {
	var all, named uint64
	for i := range c {
		all += c[i].Load()
	}
	for _, code := range c.known() {
		n := c[code].Load()
		named += n
		ch <- prometheus.MustNewConstMetric(descSkipped, prometheus.CounterValue, float64(n), strconv.Itoa(int(code)))
	}
	ch <- prometheus.MustNewConstMetric(descSkipped, prometheus.CounterValue, float64(all-min(named, all)), "other")
}
