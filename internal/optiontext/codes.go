package optiontext

import (
	"fmt"
	"time"

	"github.com/stage6/stage6/lease"
)

// known is an option of the IANA registry "DHCPv6 Option Codes".
type known struct {
	code    uint16
	name    string // nothing for one that is not known here
	kind    *kind  // its natural form; nil where it is not known or refused
	refused string // why it cannot be set, or nothing
}

// String gives the code, with the name if it has one.
func (k known) String() string {
	if k.name == "" {
		return fmt.Sprintf("option %d", k.code)
	}
	return fmt.Sprintf("option %d (%s)", k.code, k.name)
}

func byCode(code uint16) (known, bool) {
	for _, list := range [][]known{settable(), reserved()} {
		for _, k := range list {
			if k.code == code {
				return k, true
			}
		}
	}
	return known{}, false
}

func byName(name string) (known, bool) {
	for _, list := range [][]known{settable(), reserved()} {
		for _, k := range list {
			if k.name == name {
				return k, true
			}
		}
	}
	return known{}, false
}

// names gives the names of the options that can be set.
func names() (out []string) {
	for _, k := range settable() {
		out = append(out, k.name)
	}
	return out
}

// settable are the options whose form is known.
func settable() []known {
	return []known{
		{code: 16, name: "vendor_class", kind: vendorClassKind()},
		{code: 17, name: "vendor_opts", kind: vendorOptsKind()},
		{code: 21, name: "sip_server_d", kind: namesKind()},
		{code: 22, name: "sip_server_a", kind: serversKind()},
		{code: 23, name: "dns_servers", kind: serversKind()},
		{code: 24, name: "domain_list", kind: namesKind()},
		{code: 27, name: "nis_servers", kind: serversKind()},
		{code: 28, name: "nisp_servers", kind: serversKind()},
		{code: 29, name: "nis_domain_name", kind: nameKind()},
		{code: 30, name: "nisp_domain_name", kind: nameKind()},
		{code: 31, name: "sntp_servers", kind: serversKind()},
		{code: 32, name: "information_refresh_time", kind: secondsKind(10*time.Minute, lease.Infinity)},
		{code: 33, name: "bcmcs_server_d", kind: namesKind()},
		{code: 34, name: "bcmcs_server_a", kind: serversKind()},
		{code: 36, name: "geoconf_civic", kind: hexKind()},
		{code: 40, name: "pana_agent", kind: serversKind()},
		{code: 41, name: "new_posix_timezone", kind: posixZoneKind()},
		{code: 42, name: "new_tzdb_timezone", kind: zoneNameKind()},
		{code: 49, name: "mip6_hnidf", kind: nameKind()},
		{code: 51, name: "v6_lost", kind: nameKind()},
		{code: 52, name: "capwap_ac_v6", kind: serversKind()},
		{code: 56, name: "ntp_server", kind: ntpKind()},
		{code: 57, name: "v6_access_domain", kind: nameKind()},
		{code: 58, name: "sip_ua_cs_list", kind: namesKind()},
		{code: 59, name: "bootfile_url", kind: urlKind()},
		{code: 60, name: "bootfile_param", kind: stringsKind()},
		{code: 63, name: "geolocation", kind: hexKind()},
		{code: 64, name: "aftr_name", kind: nameKind()},
		{code: 65, name: "erp_local_domain_name", kind: nameKind()},
		{code: 74, name: "rdnss_selection", kind: hexKind()},
		{code: 76, name: "krb_realm_name", kind: stringKind()},
		{code: 77, name: "krb_default_realm_name", kind: stringKind()},
		{code: 78, name: "krb_kdc", kind: hexKind()},
		{code: 82, name: "sol_max_rt", kind: secondsKind(time.Minute, 24*time.Hour)},
		{code: 83, name: "inf_max_rt", kind: secondsKind(time.Minute, 24*time.Hour)},
		{code: 84, name: "addrsel", kind: hexKind()},
		{code: 86, name: "v6_pcp_server", kind: serversKind()},
		{code: 88, name: "dhcp4_o_dhcp6_server", kind: mayBeNone(serversKind())}, // RFC 7341 section 6.2: then multicast is used
		{code: 94, name: "s46_cont_mape", kind: hexKind()},
		{code: 95, name: "s46_cont_mapt", kind: hexKind()},
		{code: 96, name: "s46_cont_lw", kind: hexKind()},
		{code: 103, name: "captive_portal", kind: uriKind()},
		{code: 111, name: "s46_priority", kind: hexKind()},
		{code: 113, name: "v6_prefix64", kind: hexKind()},
		{code: 136, name: "v6_sztp_redirect", kind: urlsKind()},
		{code: 141, name: "v6_dots_ri", kind: nameKind()},
		{code: 142, name: "v6_dots_address", kind: serversKind()},
		{code: 144, name: "v6_dnr", kind: resolversKind()},
		{code: 148, name: "addr_reg_enable", kind: emptyKind()},
	}
}

// Why options are not for a configuration to set.
const (
	ofClient     = "only clients send it"
	ofRelay      = "it belongs to relay agents"
	ofLeases     = "leases come from plugins such as pool, prefix and hosts"
	ofLeasequery = "it belongs to leasequery (RFC 5007, RFC 5460)"
	ofFailover   = "it belongs to failover (RFC 8156)"
	ofReconf     = "this server sends no Reconfigure"
	inside       = "it stands inside of other options only"
	ofLinkLayer  = "this server assigns no link-layer addresses"
)

// reserved are the options that belong to the protocol, to clients or to
// relays.
func reserved() []known {
	return append(failover(), []known{
		{code: 0, name: "reserved", refused: "it is reserved"},
		{code: 1, name: "clientid", refused: "the server returns the client's own"},
		{code: 2, name: "serverid", refused: "the server's identifier is set by the plugin server_id"},
		{code: 3, name: "ia_na", refused: ofLeases},
		{code: 4, name: "ia_ta", refused: "it is obsolete (RFC 9915)"},
		{code: 5, name: "iaaddr", refused: ofLeases},
		{code: 6, name: "oro", refused: ofClient},
		{code: 7, name: "preference", refused: "it is set by the plugin preference"},
		{code: 8, name: "elapsed_time", refused: ofClient},
		{code: 9, name: "relay_msg", refused: ofRelay},
		{code: 11, name: "auth", refused: "this server does not authenticate"},
		{code: 12, name: "unicast", refused: "it is obsolete (RFC 9915)"},
		{code: 13, name: "status_code", refused: "the server says itself what became of a request"},
		{code: 14, name: "rapid_commit", refused: "it is set by rapid_commit of a link or of server6"},
		{code: 15, name: "user_class", refused: ofClient},
		{code: 18, name: "interface_id", refused: ofRelay},
		{code: 19, name: "reconf_msg", refused: ofReconf},
		{code: 20, name: "reconf_accept", refused: ofReconf},
		{code: 25, name: "ia_pd", refused: ofLeases},
		{code: 26, name: "iaprefix", refused: ofLeases},
		{code: 37, name: "remote_id", refused: ofRelay},
		{code: 38, name: "subscriber_id", refused: ofRelay},
		{code: 39, name: "client_fqdn", refused: "the server answers the client's; the name is the host's"},
		{code: 43, name: "ero", refused: ofRelay},
		{code: 44, name: "lq_query", refused: ofLeasequery},
		{code: 45, name: "client_data", refused: ofLeasequery},
		{code: 46, name: "clt_time", refused: ofLeasequery},
		{code: 47, name: "lq_relay_data", refused: ofLeasequery},
		{code: 48, name: "lq_client_link", refused: ofLeasequery},
		{code: 53, name: "relay_id", refused: ofRelay},
		{code: 61, name: "client_arch_type", refused: ofClient},
		{code: 62, name: "nii", refused: ofClient},
		{code: 66, name: "rsoo", refused: ofRelay},
		{code: 67, name: "pd_exclude", refused: ofLeases},
		{code: 79, name: "client_linklayer_addr", refused: ofRelay},
		{code: 80, name: "link_address", refused: ofRelay},
		{code: 81, name: "radius", refused: ofRelay},
		{code: 85, name: "addrsel_table", refused: inside},
		{code: 87, name: "dhcpv4_msg", refused: "this server carries no DHCPv4"},
		{code: 89, name: "s46_rule", refused: inside},
		{code: 90, name: "s46_br", refused: inside},
		{code: 91, name: "s46_dmr", refused: inside},
		{code: 92, name: "s46_v4v6bind", refused: inside},
		{code: 93, name: "s46_portparams", refused: inside},
		{code: 98, name: "4rd_map_rule", refused: inside},
		{code: 99, name: "4rd_non_map_rule", refused: inside},
		{code: 100, name: "lq_base_time", refused: ofLeasequery},
		{code: 101, name: "lq_start_time", refused: ofLeasequery},
		{code: 102, name: "lq_end_time", refused: ofLeasequery},
		{code: 112, name: "mud_url_v6", refused: ofClient},
		{code: 135, name: "relay_port", refused: ofRelay},
		{code: 138, name: "ia_ll", refused: ofLinkLayer},
		{code: 139, name: "lladdr", refused: ofLinkLayer},
		{code: 140, name: "slap_quad", refused: ofLinkLayer},
	}...)
}

// failover are the options of RFC 8156 section 5.5.
func failover() (out []known) {
	for i, name := range []string{
		"f_binding_status", "f_connect_flags", "f_dns_removal_info", "f_dns_host_name", "f_dns_zone_name",
		"f_dns_flags", "f_expiration_time", "f_max_unacked_bndupd", "f_mclt", "f_partner_lifetime",
		"f_partner_lifetime_sent", "f_partner_down_time", "f_partner_raw_clt_time", "f_protocol_version",
		"f_keepalive_time", "f_reconfigure_data", "f_relationship_name", "f_server_flags", "f_server_state",
		"f_start_time_of_state", "f_state_expiration_time",
	} {
		out = append(out, known{code: uint16(114 + i), name: name, refused: ofFailover})
	}
	return out
}
