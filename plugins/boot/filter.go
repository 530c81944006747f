package boot

import (
	"bytes"
	"slices"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/firmware"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/stage"
)

// method is a way of booting.
type method uint8

// The methods.
const (
	none    method = iota
	pxe            // firmware that loads by TFTP
	http           // firmware that loads by HTTP
	ipxe           // the loader
	ztp            // a network device, or what else asks for a boot file
	methods        // their number, with none
)

// String gives the method's name in lower case.
func (m method) String() string {
	return [methods]string{"none", "pxe", "http", "ipxe", "ztp"}[m]
}

// methodOf tells how the client boots. The second client inside UEFI firmware
// does not: nothing about it is of a boot client, and it asks for no boot file.
func methodOf(x *pipeline.Exchange) method {
	switch firmware.Of(x).Kind {
	case firmware.PXE:
		return pxe
	case firmware.HTTP:
		return http
	case firmware.IPXE:
		return ipxe
	}
	if x.Requested(dhcpv6.OptionBootfileURL) || saysZTP(x) {
		return ztp
	}
	return none
}

// saysZTP says whether a user class ends as those of Nokia's routers do:
// platform;release;ztp.
func saysZTP(x *pipeline.Exchange) bool {
	for i := range x.NumUserClasses() {
		if bytes.HasSuffix(x.UserClass(i), []byte(";ztp")) {
			return true
		}
	}
	return false
}

// set is a set of small numbers.
type set uint8

func (s set) has(n uint8) bool { return s&(1<<n) != 0 }

// setOf gives the set of the numbers, or of all there are if there are none.
func setOf[T ~uint8](numbers []T) (s set) {
	if len(numbers) == 0 {
		return ^set(0)
	}
	for _, n := range numbers {
		s |= 1 << n
	}
	return s
}

// filter is what an entry asks of a client.
type filter struct {
	stages, methods set
	archs           []pipeline.Arch // nil: any, or none
}

// matches says whether the client is such a one. Any of the architectures that
// it names will do; the first one that does counts.
func (f *filter) matches(c *client) bool {
	if !f.methods.has(uint8(c.method)) || !f.stages.has(uint8(c.Stage())) {
		return false
	}
	for i := range c.NumArchs() {
		if f.archs == nil || slices.Contains(f.archs, c.Arch(i)) {
			c.arch = i
			return true
		}
	}
	return f.archs == nil
}

// covers says whether every client that matches o matches f.
func (f *filter) covers(o *filter) bool {
	if f.stages&o.stages != o.stages || f.methods&o.methods != o.methods {
		return false
	}
	if f.archs == nil {
		return true
	}
	return o.archs != nil && !slices.ContainsFunc(o.archs, func(a pipeline.Arch) bool { return !slices.Contains(f.archs, a) })
}

// among gives what of f is of the stage and the method.
func (f *filter) among(s stage.Stage, m method) (filter, bool) {
	out := filter{stages: f.stages & (1 << s), methods: f.methods & (1 << m), archs: f.archs}
	return out, out.stages != 0 && out.methods != 0
}
