package kea

import "slices"

// definition is what Kea knows of an option: its code, and how its value is
// written.
type definition struct {
	name  string
	code  uint16
	space string
	kind  string   // the type of the value, or record
	types []string // of the fields of a record
	array bool
}

// standardOption gives an option of the space dhcp6 by its name.
func standardOption(name string) (definition, bool) {
	all := standardOptions()
	i := slices.IndexFunc(all, func(d definition) bool { return d.name == name })
	if i < 0 {
		return definition{}, false
	}
	return all[i], true
}

// standardCode gives an option of the space dhcp6 by its code.
func standardCode(code uint16) (definition, bool) {
	all := standardOptions()
	i := slices.IndexFunc(all, func(d definition) bool { return d.code == code })
	if i < 0 {
		return definition{}, false
	}
	return all[i], true
}

// standardOptions are those that Kea knows without being told.
func standardOptions() []definition {
	simple := func(name string, code uint16, kind string) definition {
		return definition{name: name, code: code, kind: kind}
	}
	array := func(name string, code uint16, kind string) definition {
		return definition{name: name, code: code, kind: kind, array: true}
	}
	return []definition{
		simple("clientid", 1, "binary"), simple("serverid", 2, "binary"), simple("ia-na", 3, "binary"), simple("ia-ta", 4, "binary"),
		simple("iaaddr", 5, "binary"), array("oro", 6, "uint16"), simple("preference", 7, "uint8"), simple("elapsed-time", 8, "uint16"),
		simple("relay-msg", 9, "binary"), simple("auth", 11, "binary"), simple("unicast", 12, "ipv6-address"), simple("status-code", 13, "binary"),
		simple("rapid-commit", 14, "empty"), simple("user-class", 15, "binary"), simple("vendor-class", 16, "vendor-class"),
		simple("vendor-opts", 17, "uint32"), simple("interface-id", 18, "binary"), simple("reconf-msg", 19, "uint8"),
		simple("reconf-accept", 20, "empty"), array("sip-server-dns", 21, "fqdn"), array("sip-server-addr", 22, "ipv6-address"),
		array("dns-servers", 23, "ipv6-address"), array("domain-search", 24, "fqdn"), simple("ia-pd", 25, "binary"), simple("iaprefix", 26, "binary"),
		array("nis-servers", 27, "ipv6-address"), array("nisp-servers", 28, "ipv6-address"), array("nis-domain-name", 29, "fqdn"),
		array("nisp-domain-name", 30, "fqdn"), array("sntp-servers", 31, "ipv6-address"), simple("information-refresh-time", 32, "uint32"),
		array("bcmcs-server-dns", 33, "fqdn"), array("bcmcs-server-addr", 34, "ipv6-address"), simple("geoconf-civic", 36, "binary"),
		simple("remote-id", 37, "binary"), simple("subscriber-id", 38, "binary"), simple("client-fqdn", 39, "binary"),
		array("pana-agent", 40, "ipv6-address"), simple("new-posix-timezone", 41, "string"), simple("new-tzdb-timezone", 42, "string"),
		array("ero", 43, "uint16"), simple("lq-query", 44, "binary"), simple("client-data", 45, "binary"), simple("clt-time", 46, "uint32"),
		simple("lq-relay-data", 47, "binary"), array("lq-client-link", 48, "ipv6-address"), simple("v6-lost", 51, "fqdn"),
		array("capwap-ac-v6", 52, "ipv6-address"), simple("relay-id", 53, "binary"), simple("ntp-server", 56, "binary"),
		simple("v6-access-domain", 57, "fqdn"), array("sip-ua-cs-list", 58, "fqdn"), simple("bootfile-url", 59, "string"),
		array("bootfile-param", 60, "tuple"), array("client-arch-type", 61, "uint16"), simple("nii", 62, "binary"),
		simple("aftr-name", 64, "fqdn"), simple("erp-local-domain-name", 65, "fqdn"), simple("rsoo", 66, "binary"), simple("pd-exclude", 67, "binary"),
		simple("rdnss-selection", 74, "binary"), simple("client-linklayer-addr", 79, "binary"), simple("link-address", 80, "ipv6-address"),
		simple("solmax-rt", 82, "uint32"), simple("inf-max-rt", 83, "uint32"), array("dhcp4o6-server-addr", 88, "ipv6-address"),
		simple("s46-cont-mape", 94, "binary"), simple("s46-cont-mapt", 95, "binary"), simple("s46-cont-lw", 96, "binary"),
		simple("v6-captive-portal", 103, "string"), simple("relay-source-port", 135, "uint16"), array("v6-sztp-redirect", 136, "tuple"),
		array("ipv6-address-andsf", 143, "ipv6-address"), simple("v6-dnr", 144, "binary"),
	}
}
