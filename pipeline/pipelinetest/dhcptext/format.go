package dhcptext

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// relayHeader is the length of a relay message before its options (RFC 9915
// section 9).
const relayHeader = 34

// Format writes a message as text, which Parse makes the same octets of. What
// is malformed is written in hexadecimal behind the word malformed.
func Format(msg []byte) string {
	var b strings.Builder
	formatMessage(&b, "", msg)
	return b.String()
}

func formatMessage(b *strings.Builder, indent string, msg []byte) {
	relay := len(msg) > 0 && (msg[0] == 12 || msg[0] == 13)
	switch {
	case relay && len(msg) >= relayHeader:
		link, peer := netip.AddrFrom16([16]byte(msg[2:18])), netip.AddrFrom16([16]byte(msg[18:34]))
		fmt.Fprintf(b, "%s%s hops=%d link=%s peer=%s\n", indent, types[msg[0]], msg[1], link, peer)
		formatOptions(b, indent+"  ", msg[relayHeader:])
	case !relay && len(msg) >= 4 && types[msg[0]] != "":
		fmt.Fprintf(b, "%s%s %x\n", indent, types[msg[0]], msg[1:4])
		formatOptions(b, indent+"  ", msg[4:])
	default:
		fmt.Fprintf(b, "%smalformed %x\n", indent, msg)
	}
}

func formatOptions(b *strings.Builder, indent string, data []byte) {
	for len(data) > 0 {
		if len(data) < 4 || len(data)-4 < int(binary.BigEndian.Uint16(data[2:])) {
			fmt.Fprintf(b, "%smalformed %x\n", indent, data)
			return
		}
		code, n := binary.BigEndian.Uint16(data), int(binary.BigEndian.Uint16(data[2:]))
		formatOption(b, indent, code, data[4:4+n])
		data = data[4+n:]
	}
}

func formatOption(b *strings.Builder, indent string, code uint16, data []byte) {
	if o, named := byCode(code); named {
		value, inside, ok := formatValue(o.kind, data)
		value = strings.TrimRight(value, " ")
		if ok && readsBack(o.kind, value, data[:len(data)-len(inside)]) {
			fmt.Fprintf(b, "%s%s\n", indent, strings.TrimRight(o.name+" "+value, " "))
			formatInside(b, indent+"  ", o.kind, inside)
			return
		}
	}
	fmt.Fprintf(b, "%s\n", strings.TrimRight(fmt.Sprintf("%soption %d %x", indent, code, data), " "))
}

func formatInside(b *strings.Builder, indent string, k kind, inside []byte) {
	if k == message {
		formatMessage(b, indent, inside)
	} else {
		formatOptions(b, indent, inside)
	}
}

// readsBack reports whether a value says all of its data: names with dots in
// their labels and texts of several lines, for example, do not.
func readsBack(k kind, value string, data []byte) bool {
	back, err := appendValue(nil, k, value)
	return err == nil && bytes.Equal(back, data) && !strings.ContainsAny(value, "\r\n")
}

// formatValue writes the data of an option; inside is what is nested in it.
func formatValue(k kind, data []byte) (value string, inside []byte, ok bool) {
	switch k {
	case raw:
		return fmt.Sprintf("%x", data), nil, true
	case ia, addressOpt, prefixOpt:
		return formatLease(k, data)
	case codes:
		return formatCodes(data)
	case number8, number16, number32:
		return formatNumber(k, data)
	case status:
		if len(data) < 2 {
			return "", nil, false
		}
		return fmt.Sprintf("%d %s", binary.BigEndian.Uint16(data), data[2:]), nil, true
	case addresses:
		return formatAddresses(data)
	case names:
		return formatNames(data)
	case text:
		return strconv.Quote(string(data)), nil, true
	case strings16:
		return formatStrings(data)
	case vendorClass:
		if len(data) < 4 {
			return "", nil, false
		}
		rest, _, ok := formatStrings(data[4:])
		return fmt.Sprintf("%d %s", binary.BigEndian.Uint32(data), rest), nil, ok
	case fqdn:
		return formatFQDN(data)
	case message:
		return "", data, true
	}
	return "", nil, len(data) == 0
}

func formatLease(k kind, data []byte) (string, []byte, bool) {
	be := binary.BigEndian
	switch {
	case k == ia && len(data) >= 12:
		return fmt.Sprintf("%d t1=%d t2=%d", be.Uint32(data), be.Uint32(data[4:]), be.Uint32(data[8:])), data[12:], true
	case k == addressOpt && len(data) >= 24:
		a := netip.AddrFrom16([16]byte(data[:16]))
		return fmt.Sprintf("%s preferred=%d valid=%d", a, be.Uint32(data[16:]), be.Uint32(data[20:])), data[24:], true
	case k == prefixOpt && len(data) >= 25 && data[8] <= 128:
		p := netip.PrefixFrom(netip.AddrFrom16([16]byte(data[9:25])), int(data[8]))
		return fmt.Sprintf("%s preferred=%d valid=%d", p, be.Uint32(data), be.Uint32(data[4:])), data[25:], true
	}
	return "", nil, false
}

func formatCodes(data []byte) (string, []byte, bool) {
	var out []string
	for i := 0; i+1 < len(data); i += 2 {
		out = append(out, strconv.Itoa(int(binary.BigEndian.Uint16(data[i:]))))
	}
	return strings.Join(out, " "), nil, len(data)%2 == 0
}

func formatNumber(k kind, data []byte) (string, []byte, bool) {
	switch {
	case k == number8 && len(data) == 1:
		return strconv.Itoa(int(data[0])), nil, true
	case k == number16 && len(data) == 2:
		return strconv.Itoa(int(binary.BigEndian.Uint16(data))), nil, true
	case k == number32 && len(data) == 4:
		return strconv.FormatUint(uint64(binary.BigEndian.Uint32(data)), 10), nil, true
	}
	return "", nil, false
}

func formatAddresses(data []byte) (string, []byte, bool) {
	var out []string
	for ; len(data) >= 16; data = data[16:] {
		out = append(out, netip.AddrFrom16([16]byte(data[:16])).String())
	}
	return strings.Join(out, " "), nil, len(data) == 0 && len(out) > 0
}

func formatNames(data []byte) (string, []byte, bool) {
	var out []string
	var labels []string
	for len(data) > 0 {
		n := int(data[0])
		if n > 63 || n >= len(data) {
			return "", nil, false
		}
		if n == 0 {
			out, labels = append(out, strings.Join(labels, ".")), nil
		} else {
			labels = append(labels, string(data[1:1+n]))
		}
		data = data[1+n:]
	}
	return strings.Join(out, " "), nil, len(labels) == 0 && len(out) > 0
}

func formatStrings(data []byte) (string, []byte, bool) {
	var out []string
	for len(data) >= 2 {
		n := int(binary.BigEndian.Uint16(data))
		if len(data)-2 < n {
			return "", nil, false
		}
		out = append(out, strconv.Quote(string(data[2:2+n])))
		data = data[2+n:]
	}
	return strings.Join(out, " "), nil, len(data) == 0 && len(out) > 0
}

// formatFQDN writes the flags and the name; a dot at its end says that it is
// not a partial one.
func formatFQDN(data []byte) (string, []byte, bool) {
	if len(data) == 0 {
		return "", nil, false
	}
	flags, name := data[0], ""
	for data = data[1:]; len(data) > 0 && int(data[0]) < len(data) && data[0] < 64 && data[0] > 0; data = data[1+data[0]:] {
		name += string(data[1:1+data[0]]) + "."
	}
	whole := len(data) == 1 && data[0] == 0
	if !whole {
		name = strings.TrimSuffix(name, ".")
	}
	return fmt.Sprintf("%d %s", flags, name), nil, whole && name != "" || len(data) == 0
}

// Option gives the name of an option, or nothing where it has none, and its data as
// Format writes it.
func Option(code uint16, data []byte) (name, value string) {
	o, named := byCode(code)
	if !named {
		return "", fmt.Sprintf("%x", data)
	}
	value, inside, ok := formatValue(o.kind, data)
	if !ok || len(inside) > 0 {
		return o.name, fmt.Sprintf("%x", data)
	}
	return o.name, strings.TrimRight(value, " ")
}
