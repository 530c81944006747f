package isc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
)

// isLeases says whether a file is one of leases.
func isLeases(data []byte) bool {
	head := data[:min(len(data), migrate.DetectLength)]
	for _, word := range []string{"\nia-na \"", "\nia-pd \"", "\nserver-duid \"", "authoring-byte-order"} {
		if bytes.Contains(append([]byte("\n"), head...), []byte(word)) {
			return true
		}
	}
	return false
}

// readServerID looks for the server's DUID in a file of leases, which has it as
// a string.
func (i *importer) readServerID(source *migrate.Source) error {
	p := &parser{lexer: newLexer(bytes.NewReader(source.Data))}
	for {
		s, err := p.statement(0)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return located(source, err)
		}
		if s != nil && s.name() == "server-duid" && ident.CheckDUID([]byte(s.text(1))) == nil {
			s.source = source
			i.config.ServerID = migrate.Setting{Value: ident.DUID(s.text(1)).String(), Origin: s.origin()}
		}
	}
}

// serverDUID reads the server's DUID of a configuration.
func (i *importer) serverDUID(s *statement) {
	d, ok := duidOf(s)
	if !ok {
		i.leftOut(s, "dhcpd has chosen some of this DUID by itself: name its file dhcpd6.leases here, too")
		return
	}
	if i.config.ServerID.Value == "" {
		i.config.ServerID = migrate.Setting{Value: d.String(), Origin: s.origin()}
	}
}

// duidOf makes the DUID of its parts: LLT ethernet TIME MAC, EN NUMBER TEXT,
// LL ethernet MAC, or the number of a type and octets.
func duidOf(s *statement) (ident.DUID, bool) {
	last, err := octetsOf(s.rest(len(s.words) - 1))
	if err != nil || len(s.words) < 3 {
		return "", false
	}
	var out []byte
	switch kind := s.word(1); {
	case kind == "llt" && len(s.words) == 5 && s.word(2) == "ethernet":
		n, err := strconv.ParseUint(s.text(3), 10, 32)
		if err != nil {
			return "", false
		}
		out = binary.BigEndian.AppendUint32([]byte{0, 1, 0, 1}, uint32(n))
	case kind == "en" && len(s.words) == 4:
		n, err := strconv.ParseUint(s.text(2), 10, 32)
		if err != nil {
			return "", false
		}
		out = binary.BigEndian.AppendUint32([]byte{0, 2}, uint32(n))
	case kind == "ll" && len(s.words) == 4 && s.word(2) == "ethernet":
		out = []byte{0, 3, 0, 1}
	default:
		n, err := strconv.ParseUint(kind, 10, 16)
		if err != nil || len(s.words) != 3 {
			return "", false
		}
		out = binary.BigEndian.AppendUint16(nil, uint16(n))
	}
	d := append(out, last...)
	return ident.DUID(d), ident.CheckDUID(d) == nil
}

// readDefaults reads the interfaces from Debian's /etc/default/isc-dhcp-server.
func readDefaults(s *migrate.Source, c *migrate.Config) bool {
	found := false
	for n, line := range strings.Split(string(s.Data), "\n") {
		value, ok := strings.CutPrefix(strings.TrimSpace(line), "INTERFACESv6=")
		if !ok {
			continue
		}
		found = true
		for name := range strings.FieldsSeq(strings.Trim(value, `"'`)) {
			c.Listen = append(c.Listen, migrate.Listen{Interface: name, Origin: s.At(n + 1)})
		}
	}
	return found
}
