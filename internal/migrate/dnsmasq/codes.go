package dnsmasq

import (
	"fmt"
	"strconv"
	"strings"
)

// form is what the value of an option is.
type form int

const (
	freeForm    form = iota // whatever the value looks like
	addressForm             // a list of addresses
	nameForm                // one domain name
	namesForm               // domain names
	textForm                // one text
	textsForm               // texts, each behind its length
	urlForm
	secondsForm
	ntpForm // addresses or names
)

func (f form) takesNames() bool {
	return f == nameForm || f == namesForm || f == textForm || f == textsForm || f == urlForm
}

// Options that are looked at by their codes.
const (
	preference  = 7
	vendorOpts  = 17
	dnsServers  = 23
	domainList  = 24
	ntpServer   = 56
	bootURL     = 59
	bootParam   = 60
	refreshTime = 32
)

// option is one that can be set, with the names that it has here and in dnsmasq.
type option struct {
	code uint16
	key  string
	name string // in dnsmasq, or nothing
	form form
}

// options are those whose form is known, of IANA's registry.
func options() []option {
	return []option{
		{21, "sip_server_d", "sip-server-domain", namesForm},
		{22, "sip_server_a", "sip-server", addressForm},
		{dnsServers, "dns_servers", "dns-server", addressForm},
		{domainList, "domain_list", "domain-search", namesForm},
		{27, "nis_servers", "nis-server", addressForm},
		{28, "nisp_servers", "nis+-server", addressForm},
		{29, "nis_domain_name", "nis-domain", nameForm},
		{30, "nisp_domain_name", "nis+-domain", nameForm},
		{31, "sntp_servers", "sntp-server", addressForm},
		{refreshTime, "information_refresh_time", "information-refresh-time", secondsForm},
		{33, "bcmcs_server_d", "", namesForm},
		{34, "bcmcs_server_a", "", addressForm},
		{41, "new_posix_timezone", "posix-timezone", textForm},
		{42, "new_tzdb_timezone", "tzdb-timezone", textForm},
		{ntpServer, "ntp_server", "ntp-server", ntpForm},
		{bootURL, "bootfile_url", "bootfile-url", urlForm},
		{bootParam, "bootfile_param", "bootfile-param", textsForm},
		{64, "aftr_name", "", nameForm},
		{103, "captive_portal", "", urlForm},
	}
}

func optionOf(code uint16) (option, bool) {
	for _, o := range options() {
		if o.code == code {
			return o, true
		}
	}
	return option{}, false
}

func formOf(code uint16) form {
	o, _ := optionOf(code)
	return o.form
}

// optionCode reads what stands behind option6:.
func optionCode(name string) (uint16, error) {
	if n, err := strconv.ParseUint(name, 10, 16); err == nil {
		return uint16(n), nil
	}
	inner := map[string]uint16{
		"client-id": 1, "server-id": 2, "ia-na": 3, "ia-ta": 4, "iaaddr": 5, "oro": oro, "preference": preference, "unicast": 12,
		"status": 13, "rapid-commit": 14, "user-class": userClass, "vendor-class": 16, "vendor-opts": vendorOpts, "fqdn": 39,
	}
	lower := strings.ToLower(name)
	if code := inner[lower]; code != 0 {
		return code, nil
	}
	for _, o := range options() {
		if o.name != "" && o.name == lower {
			return o.code, nil
		}
	}
	return 0, fmt.Errorf("option6:%s is no option of DHCPv6 that dnsmasq knows", name)
}
