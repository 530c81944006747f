package kea

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
)

// serverIDFile reads the file in which Kea keeps its DUID: hexadecimal with
// colons, and nothing else.
func serverIDFile(s *migrate.Source) (duid string, at migrate.Origin, ok bool) {
	text := strings.TrimSpace(string(s.Data))
	d, ok := duidText(text)
	return d, s.At(1), ok
}

// duidText reads a DUID that stands alone in a text.
func duidText(text string) (string, bool) {
	if !strings.Contains(text, ":") || strings.Trim(text, "0123456789abcdefABCDEF:") != "" {
		return "", false
	}
	d, err := ident.ParseDUID(text)
	return d.String(), err == nil
}

// readServerID makes the DUID of its parts. Those that are missing are in the
// file only.
func (i *importer) readServerID(v *value) {
	if v == nil {
		return
	}
	if i.config.ServerID.Value != "" {
		for _, m := range v.members {
			m.used = true
		}
		return // the file says it all
	}
	duid, ok := serverDUID(v)
	if !ok {
		i.report.LeftOut(v.origin(), "Kea has chosen some of this DUID by itself: name its file kea-dhcp6-serverid here, too")
		return
	}
	i.config.ServerID = migrate.Setting{Value: duid.String(), Origin: v.origin()}
}

func serverDUID(v *value) (ident.DUID, bool) {
	identifier, err := hex.DecodeString(v.get("identifier").string())
	htype, _ := v.get("htype").number()
	at, _ := v.get("time").number()
	enterprise, _ := v.get("enterprise-id").number()
	v.get("persist")
	if err != nil || len(identifier) == 0 {
		return "", false
	}
	var out []byte
	switch kind := v.get("type").string(); {
	case kind == "LLT" && at > 0:
		out = binary.BigEndian.AppendUint16([]byte{0, 1}, uint16(max(htype, 1)))
		out = binary.BigEndian.AppendUint32(out, uint32(at))
	case kind == "EN" && enterprise > 0:
		out = binary.BigEndian.AppendUint32([]byte{0, 2}, uint32(enterprise))
	case kind == "LL":
		out = binary.BigEndian.AppendUint16([]byte{0, 3}, uint16(max(htype, 1)))
	default:
		return "", false
	}
	d := append(out, identifier...)
	return ident.DUID(d), ident.CheckDUID(d) == nil
}

func parseIPv6(text string) (netip.Addr, error) {
	a, err := netip.ParseAddr(strings.TrimSpace(text))
	if err == nil && (!a.Is6() || a.Is4In6()) {
		_, err = netip.ParseAddr("an IPv4 address: " + text)
	}
	return a.WithZone(""), err
}
