package migrate

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The options that are more than a value to formats.
const (
	OptionPreference    = 7
	OptionUnicast       = 12
	OptionVendorClass   = 16
	OptionVendorOpts    = 17
	OptionDNS           = 23
	OptionRefreshTime   = 32
	OptionNTP           = 56
	OptionBootfileURL   = 59
	OptionBootfileParam = 60
)

// form is how the value of an option is written.
type form int

const (
	addresses form = iota + 1
	domains
	domain
	seconds
	text
	textList
	octets
	timeSources
)

// optionForm is an option that the plugin option has a name for.
type optionForm struct {
	code uint16
	name string
	form form
}

func optionForms() []optionForm {
	return []optionForm{
		{16, "vendor_class", 0}, {17, "vendor_opts", 0},
		{21, "sip_server_d", domains}, {22, "sip_server_a", addresses}, {23, "dns_servers", addresses}, {24, "domain_list", domains},
		{27, "nis_servers", addresses}, {28, "nisp_servers", addresses}, {29, "nis_domain_name", domain}, {30, "nisp_domain_name", domain},
		{31, "sntp_servers", addresses}, {32, "information_refresh_time", seconds}, {33, "bcmcs_server_d", domains},
		{34, "bcmcs_server_a", addresses}, {36, "geoconf_civic", octets}, {40, "pana_agent", addresses},
		{41, "new_posix_timezone", text}, {42, "new_tzdb_timezone", text}, {49, "mip6_hnidf", domain}, {51, "v6_lost", domain},
		{52, "capwap_ac_v6", addresses}, {56, "ntp_server", timeSources}, {57, "v6_access_domain", domain},
		{58, "sip_ua_cs_list", domains}, {59, "bootfile_url", text}, {60, "bootfile_param", textList}, {63, "geolocation", octets},
		{64, "aftr_name", domain}, {65, "erp_local_domain_name", domain}, {74, "rdnss_selection", octets},
		{76, "krb_realm_name", text}, {77, "krb_default_realm_name", text}, {78, "krb_kdc", octets}, {82, "sol_max_rt", seconds},
		{83, "inf_max_rt", seconds}, {84, "addrsel", octets}, {86, "v6_pcp_server", addresses}, {88, "dhcp4_o_dhcp6_server", addresses},
		{94, "s46_cont_mape", octets}, {95, "s46_cont_mapt", octets}, {96, "s46_cont_lw", octets}, {103, "captive_portal", text},
		{111, "s46_priority", octets}, {113, "v6_prefix64", octets}, {136, "v6_sztp_redirect", textList},
		{141, "v6_dots_ri", domain}, {142, "v6_dots_address", addresses},
	}
}

func formOf(code uint16) (optionForm, bool) {
	forms := optionForms()
	i := slices.IndexFunc(forms, func(f optionForm) bool { return f.code == code })
	if i < 0 {
		return optionForm{code: code, name: strconv.Itoa(int(code))}, false
	}
	return forms[i], true
}

// OptionKey gives the key of an option: its name, or its code.
func OptionKey(code uint16) string {
	f, _ := formOf(code)
	return f.name
}

// NoOption says why an option cannot be in a configuration, or gives nothing.
func NoOption(code uint16) string {
	switch code {
	case 1, 2, 3, 4, 5, 6, 8, 9, 11, 13, 15, 18, 19, 20, 25, 26, 37, 38, 39, 43, 44, 45, 46, 47, 48, 53, 61, 62, 66, 67, 79, 80, 81, 85, 87, 89, 90, 91, 92, 93, 98, 99, 100, 101, 102, 112, 135, 138, 139, 140:
		return fmt.Sprintf("option %d is no server's to choose: it belongs to the protocol, to clients or to relay agents", code)
	case OptionUnicast:
		return "RFC 9915 has done away with the option that lets clients use unicast"
	case OptionPreference:
		return "the preference is a matter of Advertise messages"
	case 14:
		return "Rapid Commit is a matter of links: rapid_commit"
	case 0:
		return "there is no option 0"
	}
	if code >= 114 && code <= 134 {
		return "the option belongs to failover"
	}
	return ""
}

// TextOption makes an option of texts: of each address, name or text one.
// Seconds are written as a number. It is an error if the option has no form
// that is known, or a value is none of that form.
func TextOption(code uint16, values []string, o Origin) (Option, error) {
	f, ok := formOf(code)
	if why := NoOption(code); why != "" {
		return Option{}, fmt.Errorf("%s", why)
	}
	if !ok || len(values) == 0 {
		return Option{}, fmt.Errorf("option %d: %d values, and no form that is known", code, len(values))
	}
	v, err := f.value(values)
	if err != nil {
		return Option{}, fmt.Errorf("option %d: %w", code, err)
	}
	return Option{Key: f.name, Value: v, Origin: o}, nil
}

func (f optionForm) value(values []string) (any, error) {
	switch f.form {
	case addresses:
		return oneOrMore(values), each(values, func(s string) error { _, err := netip.ParseAddr(s); return err })
	case domains, timeSources, textList:
		return oneOrMore(values), nil
	case domain, text:
		return single(values)
	case seconds:
		return secondsText(values)
	case octets:
		return hexText(values)
	}
	return nil, fmt.Errorf("not of a form that is written as text")
}

func each(values []string, check func(string) error) error {
	for _, v := range values {
		if err := check(v); err != nil {
			return err
		}
	}
	return nil
}

func single(values []string) (string, error) {
	if len(values) != 1 {
		return "", fmt.Errorf("%d values, want one", len(values))
	}
	return values[0], nil
}

func secondsText(values []string) (any, error) {
	s, err := single(values)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("%q is no number of seconds", s)
	}
	d := time.Duration(n) * time.Second
	return duration(&d), nil
}

func hexText(values []string) (any, error) {
	s, err := single(values)
	if err != nil {
		return nil, err
	}
	clean := strings.NewReplacer(":", "", " ", "").Replace(strings.TrimPrefix(s, "0x"))
	raw, err := hex.DecodeString(clean)
	if err != nil || len(raw) == 0 {
		return nil, fmt.Errorf("%q: want octets in hexadecimal", s)
	}
	return Map{{Key: "type", Value: "hex"}, {Key: "value", Value: hex.EncodeToString(raw)}}, nil
}

// RawOption makes an option of its octets.
func RawOption(code uint16, data []byte, o Origin) (Option, error) {
	if why := NoOption(code); why != "" {
		return Option{}, fmt.Errorf("%s", why)
	}
	return Option{Key: OptionKey(code), Value: Raw(data), Origin: o}, nil
}

// Raw gives octets as the value of an option or of a suboption.
func Raw(data []byte) Map {
	if len(data) == 0 {
		return Map{{Key: "type", Value: "empty"}}
	}
	return Map{{Key: "type", Value: "hex"}, {Key: "value", Value: hex.EncodeToString(data)}}
}

// Typed gives a value of a type of the plugin option, such as uint16.
func Typed(kind string, value any) Map {
	return Map{{Key: "type", Value: kind}, {Key: "value", Value: value}}
}
