package option

import (
	"fmt"
	"net/netip"
	"net/url"

	"github.com/stage6/stage6/pipeline"
)

// captivePortal is the option of RFC 8910.
const captivePortal = 103

// Check names options that some clients will not take.
func (c config) Check(pipeline.Links) (warnings []string) {
	for _, o := range c.Options {
		if text := string(o.Append(nil)[4:]); o.Code() == captivePortal && literalHost(text) {
			warnings = append(warnings, fmt.Sprintf("option 103: %q has an address for its host, which clients need not take (RFC 8910 section 2)", text))
		}
	}
	return warnings
}

// literalHost says whether the host of a URL is an address.
func literalHost(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	_, err = netip.ParseAddr(u.Hostname())
	return err == nil
}
