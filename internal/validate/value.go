package validate

import (
	"encoding/binary"
	"fmt"
)

// valueRules are about what stands in options for the client.
func valueRules() []rule {
	return []rule{
		{"RFC 9915, 21.24, 21.25", "SOL_MAX_RT and INF_MAX_RT are between 60 and 86400 seconds", wrongMaxRT},
		{"RFC 9915, 21.23", "an Information Refresh Time is of 600 seconds or more, in the Reply to an Information-request", wrongRefreshTime},
		{"RFC 3646, 3; RFC 4075, 4", "a list of servers has one address or more, and whole ones", wrongServers},
		{"RFC 3646, 4; RFC 1035, 3.1", "a list of domains has one name or more, and whole ones", wrongDomains},
		{"RFC 5970, 3.1", "a boot file has a URL", wrongBootFile},
	}
}

func wrongMaxRT(e *exchange) (out []string) {
	for _, code := range []uint16{solMaxRT, infMaxRT} {
		for _, data := range e.got.options.all(code) {
			if len(data) != 4 || binary.BigEndian.Uint32(data) < 60 || binary.BigEndian.Uint32(data) > 86400 {
				out = append(out, fmt.Sprintf("option %d is %x", code, data))
			}
		}
	}
	return out
}

func wrongRefreshTime(e *exchange) (out []string) {
	for _, data := range e.got.options.all(refreshTime) {
		switch {
		case !e.about(informationRequest):
			out = append(out, fmt.Sprintf("it stands in a %s to a %s", name(e.got.kind), name(e.sent.kind)))
		case len(data) != 4 || binary.BigEndian.Uint32(data) < 600:
			out = append(out, fmt.Sprintf("it is %x", data))
		}
	}
	return out
}

func wrongServers(e *exchange) (out []string) {
	for _, code := range []uint16{dnsServers, sntpServers} {
		for _, data := range e.got.options.all(code) {
			if len(data) == 0 || len(data)%16 != 0 {
				out = append(out, fmt.Sprintf("option %d has %d octets", code, len(data)))
			}
		}
	}
	return out
}

func wrongDomains(e *exchange) (out []string) {
	for _, data := range e.got.options.all(domainList) {
		if !domains(data) {
			out = append(out, fmt.Sprintf("%q", data))
		}
	}
	return out
}

// domains says whether data is names, uncompressed, each with its end (RFC 9915
// section 10).
func domains(data []byte) bool {
	if len(data) == 0 {
		return false
	}
	for length := 0; len(data) > 0; {
		label := int(data[0])
		if label > 63 || label >= len(data) && label > 0 || label == 0 && length == 0 {
			return false
		}
		length += 1 + label
		data = data[1+label:]
		switch {
		case length > 255, label > 0 && len(data) == 0:
			return false
		case label == 0:
			length = 0
		}
	}
	return true
}

func wrongBootFile(e *exchange) []string {
	if data := e.got.options.first(bootFileURL); data != nil && len(data) == 0 {
		return []string{"it is empty"}
	}
	return nil
}
