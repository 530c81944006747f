package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/stage6/stage6/internal/strict"
)

// erpLocalDomainName is the one option that RFC 6422 section 6 lets relays
// supply, by the IANA registry.
const erpLocalDomainName Code = 65

// Codes is a list of option codes.
type Codes []Code

// SplitFields says that several may be written on one line.
func (Codes) SplitFields() bool { return true }

// Code is the code of an option that is not the server's own.
type Code uint16

// String gives the code, and its name if it has one.
func (c Code) String() string {
	for name, code := range codeNames() {
		if code == c {
			return fmt.Sprintf("%d (%s)", c, name)
		}
	}
	return strconv.Itoa(int(c))
}

// UnmarshalText reads a number or one of the names of the IANA registry, in
// lower case and without OPTION_.
func (c *Code) UnmarshalText(text []byte) error {
	code, known := codeNames()[string(text)]
	if !known {
		number, err := strconv.ParseUint(string(text), 10, 16)
		if errors.Is(err, strconv.ErrRange) {
			return fmt.Errorf("%q: want 1 to 65535", text)
		}
		if err != nil {
			return strict.Unknown("option", string(text), slices.Sorted(maps.Keys(codeNames())))
		}
		code = Code(number)
	}
	if code.reserved() {
		return fmt.Errorf("option %s is the server's own, it follows the protocol only", text)
	}
	*c = code
	return nil
}

// reserved says whether the server alone decides about an option: client and
// server identifiers, identity associations and what is in them, status,
// and what belongs to relays and authentication.
func (c Code) reserved() bool {
	switch c {
	case 0, 1, 2, 3, 4, 5, 6, 8, 9, 11, 12, 13, 14, 18, 19, 20, 25, 26, 47, 66, 79, 135:
		return true
	}
	return false
}

// codeNames gives the options that servers send, by name.
func codeNames() map[string]Code {
	return map[string]Code{
		"preference":               7,
		"vendor_class":             16,
		"vendor_opts":              17,
		"sip_server_d":             21,
		"sip_server_a":             22,
		"dns_servers":              23,
		"domain_list":              24,
		"nis_servers":              27,
		"nisp_servers":             28,
		"nis_domain_name":          29,
		"nisp_domain_name":         30,
		"sntp_servers":             31,
		"information_refresh_time": 32,
		"bcmcs_server_d":           33,
		"bcmcs_server_a":           34,
		"geoconf_civic":            36,
		"client_fqdn":              39,
		"new_posix_timezone":       41,
		"new_tzdb_timezone":        42,
		"v6_lost":                  51,
		"capwap_ac_v6":             52,
		"ntp_server":               56,
		"bootfile_url":             59,
		"bootfile_param":           60,
		"aftr_name":                64,
		"erp_local_domain_name":    65,
		"sol_max_rt":               82,
		"inf_max_rt":               83,
		"dhcp4_o_dhcp6_server":     88,
		"s46_cont_mape":            94,
		"s46_cont_mapt":            95,
		"s46_cont_lw":              96,
		"captive_portal":           103,
		"v6_dnr":                   144,
	}
}
