package boot

import (
	"fmt"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline"
)

// value is what a variable stands for.
type value uint8

// The values.
const (
	literal value = iota // none: a text
	mac
	macHyphen
	macPlain
	uuid
	arch
	hostName
	stageName
	address6
	linkName
	tokenOfHost
	tagName
	values // their number
)

// name gives the variable as templates write it.
func (v value) name() string {
	return [values]string{"", "mac", "mac:hyphen", "mac:plain", "uuid", "arch", "host", "stage", "address", "link", "token", "tag:NAME"}[v]
}

// sample gives a value such as may stand there.
func (v value) sample() string {
	return [values]string{
		"", "52:54:00:aa:bb:01", "52-54-00-aa-bb-01", "525400aabb01", "4c4c4544-0042-3510-8052-b4c04f4a3132",
		"x64", "web01", "loader", "2001:db8::1", "prov0", "AcqhQMk8JmY3m2nTq0Jt7Ck1b3uX5dZ_", "rhel",
	}[v]
}

// newPart gives the part for a variable.
func newPart(name string, m *means) (part, error) {
	if word, ok := strings.CutPrefix(name, "tag:"); ok {
		if !isWord(word) {
			return part{}, fmt.Errorf("${%s}: a tag is letters, digits and underscores, as in ${tag:rhel}", name)
		}
		has, err := m.match.Compile("tag." + word)
		return part{value: tagName, tag: has, name: word}, err
	}
	for v := mac; v < tagName; v++ {
		if v.name() == name {
			return part{value: v, tokens: m.tokens}, nil
		}
	}
	return part{}, fmt.Errorf("unknown variable ${%s} (known: %s); write $${%s} for what the loader expands", name, known(), name)
}

func isWord(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	return s != "" && strings.Contains(letters, s[:1]) && strings.Trim(s, letters+"0123456789") == ""
}

// known names the variables.
func known() string {
	var names []string
	for v := mac; v < values; v++ {
		names = append(names, "${"+v.name()+"}")
	}
	return strings.Join(names, ", ")
}

// appendValue appends the value for an exchange, as it is. What is not known
// is empty.
func (p *part) appendValue(dst []byte, c *client) ([]byte, error) {
	switch p.value {
	case mac:
		return appendMAC(dst, c.MAC(), ":"), nil
	case macHyphen:
		return appendMAC(dst, c.MAC(), "-"), nil
	case macPlain:
		return appendMAC(dst, c.MAC(), ""), nil
	case uuid:
		return appendUUID(dst, c.ClientID(), c.method), nil
	case address6:
		return appendAddress(dst, c.Exchange), nil
	case tokenOfHost:
		return p.tokens.append(dst, c), nil
	case tagName:
		if ok, err := p.tag.Match(c.Exchange); err != nil || !ok {
			return dst, err
		}
		return append(dst, p.name...), nil
	}
	return append(dst, p.value.text(c)...), nil
}

// text gives the values that are names.
func (v value) text(c *client) string {
	switch v {
	case arch:
		if c.arch != noArch {
			return c.Arch(c.arch).String()
		}
	case hostName:
		if h := c.Host(); h != nil {
			return h.Name
		}
	case stageName:
		return c.Stage().String()
	case linkName:
		if l := c.Link(); l != nil {
			return l.Name
		}
	}
	return ""
}

func appendMAC(dst []byte, m ident.MAC, separator string) []byte {
	if m.IsZero() {
		return dst
	}
	for i := range m {
		if i > 0 {
			dst = append(dst, separator...)
		}
		dst = appendHex(dst, m[i:i+1])
	}
	return dst
}

// appendUUID appends the UUID in a DUID (RFC 6355) as people write it. UEFI
// firmware has the first three fields as the SMBIOS table has them, the octets
// of each in the other order.
func appendUUID(dst, duid []byte, m method) []byte {
	order := [...]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	if len(duid) != 2+len(order) || duid[0] != 0 || duid[1] != 4 {
		return dst
	}
	if m == pxe || m == http {
		order = [...]byte{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15}
	}
	for i, at := range order {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = appendHex(dst, duid[2+at:3+at])
	}
	return dst
}

// appendAddress appends the first address that is proposed for the client. A
// message that asks for none has none.
func appendAddress(dst []byte, x *pipeline.Exchange) []byte {
	for _, ia := range x.IAs() {
		if ia.IA().Type == ident.NA && ia.NumGrants() > 0 {
			return ia.Grant(0).Prefix.Addr().AppendTo(dst)
		}
	}
	return dst
}

func appendHex(dst, octets []byte) []byte {
	const digits = "0123456789abcdef"
	for _, b := range octets {
		dst = append(dst, digits[b>>4], digits[b&15])
	}
	return dst
}
