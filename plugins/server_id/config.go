package serverid

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/strict"
)

// origin is where the DUID comes from.
type origin uint8

const (
	fixed origin = iota + 1 // the configuration
	dated                   // the configuration, but for the time of a DUID-LLT, which is kept
	made                    // all of it is made once and kept
)

// forms is what errors offer.
const forms = "auto, LL <MAC>, LLT <MAC>, EN <enterprise> <identifier>, UUID <UUID> or a DUID in hexadecimal"

// config is the one setting: words on a line.
type config struct {
	from origin
	duid ident.DUID // for fixed
	mac  ident.MAC  // for dated
}

// form is a kind of DUID and how it is written.
type form struct {
	want     string // what follows the first word
	min, max int    // words after the first
	read     func(c *config, args []strict.Node) error
}

// formOf gives the form that a word begins. CoreDHCP writes duid-ll and
// duid_ll, too.
func formOf(word string) (form, bool) {
	word = strings.ToLower(word)
	word = strings.TrimPrefix(strings.TrimPrefix(word, "duid-"), "duid_")
	switch word {
	case "auto":
		return form{"auto alone", 0, 0, readAuto}, true
	case "ll":
		return form{"LL and a MAC, such as LL 52:54:00:aa:bb:01", 1, 1, readLL}, true
	case "llt":
		return form{"LLT, a MAC and, if wanted, the time in seconds since 2000, such as LLT 52:54:00:aa:bb:01 820540800", 1, 2, readLLT}, true
	case "en":
		return form{"EN, an enterprise number and an identifier, such as EN 32473 00:11:22:33", 2, 2, readEN}, true
	case "uuid":
		return form{"UUID and a UUID, such as UUID 4c4c4544-0042-3510-8052-b4c04f4a3132", 1, 1, readUUID}, true
	}
	return form{}, false
}

// DecodeNode reads the words.
func (c *config) DecodeNode(n strict.Node) error {
	if n.Kind() != strict.Single {
		return n.Err("got %s, want %s", n.Kind(), forms)
	}
	text, err := n.Text()
	if err != nil {
		return err
	}
	words, err := n.Fields()
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return n.Err("nothing is written here, want %s", forms)
	}
	first := strings.Fields(text)[0]
	f, known := formOf(first)
	if !known {
		return c.readHex(words, first)
	}
	if args := len(words) - 1; args < f.min || args > f.max {
		return n.Err("%q: want %s", text, f.want)
	}
	return f.read(c, words[1:])
}

// readHex reads a whole DUID in hexadecimal.
func (c *config) readHex(words []strict.Node, first string) error {
	if _, err := ident.ParseHex(first); err != nil {
		return words[0].Err("%q is not a kind of DUID, want %s", first, forms)
	}
	if len(words) > 1 {
		return words[1].Err("a DUID in hexadecimal is one word, separated by colons")
	}
	duid, err := ident.ParseDUID(first)
	c.from, c.duid = fixed, duid
	return words[0].Wrap(err)
}

func readAuto(c *config, _ []strict.Node) error {
	c.from = made
	return nil
}

func readLL(c *config, args []strict.Node) error {
	mac, err := parseMAC(args[0])
	c.from, c.duid = fixed, linkLayer(mac)
	return err
}

func readLLT(c *config, args []strict.Node) (err error) {
	c.from = dated
	if c.mac, err = parseMAC(args[0]); err != nil || len(args) == 1 {
		return err
	}
	text, err := args[1].Text()
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return args[1].Err("%q is not a time, want seconds since 2000-01-01 00:00 UTC, 0 to 4294967295", text)
	}
	c.from, c.duid = fixed, linkLayerTime(c.mac, uint32(seconds))
	return nil
}

func parseMAC(n strict.Node) (ident.MAC, error) {
	text, err := n.Text()
	if err != nil {
		return ident.MAC{}, err
	}
	mac, err := ident.ParseMAC(text)
	return mac, n.Wrap(err)
}

func readEN(c *config, args []strict.Node) error {
	number, err := args[0].Text()
	if err != nil {
		return err
	}
	enterprise, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return args[0].Err("%q is not an enterprise number, want 0 to 4294967295", number)
	}
	text, err := args[1].Text()
	if err != nil {
		return err
	}
	id, err := parseIdentifier(text)
	if err != nil {
		return args[1].Wrap(err)
	}
	c.from, c.duid = fixed, enterpriseNumber(uint32(enterprise), id)
	return args[1].Wrap(ident.CheckDUID([]byte(c.duid)))
}

// parseIdentifier reads octets in hexadecimal, or else takes the text as it is.
// What has colons is meant to be hexadecimal.
func parseIdentifier(text string) ([]byte, error) {
	id, err := ident.ParseHex(text)
	switch {
	case err == nil:
		return id, nil
	case strings.Contains(text, ":"):
		return nil, fmt.Errorf("%q: want octets in hexadecimal, such as 00:11:22:33, or a text without colons", text)
	}
	return []byte(text), nil
}

func readUUID(c *config, args []strict.Node) error {
	text, err := args[0].Text()
	if err != nil {
		return err
	}
	raw, err := ident.ParseHex(text)
	if err != nil || len(raw) != uuidLen {
		return args[0].Err("%q is not a UUID, want one such as 4c4c4544-0042-3510-8052-b4c04f4a3132", text)
	}
	c.from, c.duid = fixed, uniqueID(raw)
	return nil
}
