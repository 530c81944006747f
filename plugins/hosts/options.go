package hosts

import (
	"sync"
	"sync/atomic"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/pipeline"
)

// options are those of hosts as exchanges take them, made when a host is first
// heard of. It is safe for concurrent use.
type options struct {
	made  sync.Map // of []*pipeline.Option by the first of a host's options, which its copies share
	count atomic.Int64
}

// mostMade is how many are kept: those of hosts that were changed over the API
// stay until then.
const mostMade = 100_000

// of gives the options of a host, which is in the registry.
func (o *options) of(h *host.Host) []*pipeline.Option {
	if len(h.Options) == 0 {
		return nil
	}
	key := &h.Options[0]
	if kept, ok := o.made.Load(key); ok {
		return kept.([]*pipeline.Option)
	}
	made := join(h.Options)
	if o.count.Add(1) > mostMade {
		o.clear()
	}
	o.made.Store(key, made)
	return made
}

// clear forgets all.
func (o *options) clear() {
	o.made.Clear()
	o.count.Store(0)
}

// join makes one option of the instances that stand together, but for options
// 16 and 17, which stand once for each enterprise. That each can be made was
// found out when the host was read.
func join(instances []host.Option) (out []*pipeline.Option) {
	last := uint16(0)
	for _, i := range instances {
		o, err := pipeline.NewOption(dhcpv6.OptionCode(i.Code), i.Data)
		switch {
		case err != nil:
		case i.Code == last && last != 16 && last != 17:
			out[len(out)-1] = pipeline.JoinOptions(out[len(out)-1], o)
		default:
			out, last = append(out, o), i.Code
		}
	}
	return out
}
