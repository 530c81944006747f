package coredhcp

import (
	"slices"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/strict"
)

// config is the settings of one use of a plugin.
type config struct {
	node     strict.Node // of the arguments
	args     []string
	goOn     bool          // a plugin that says stop does not end the list
	messages messages      // what the plugin sees; nil: see forPlugin
	timeout  time.Duration // for one message
}

// defaultTimeout is how long a plugin may take for a message. Clients ask again
// after a second (RFC 9915 section 7.6).
const defaultTimeout = 250 * time.Millisecond

// DecodeNode reads arguments on a line or as a list, or a map with them and with
// settings of the adapter's.
func (c *config) DecodeNode(n strict.Node) error {
	c.node, c.timeout = n, defaultTimeout
	if n.Kind() != strict.Map {
		return c.readArgs(n)
	}
	var written struct {
		Args     strict.Node
		Stop     stop
		Messages messages      `config:"fields"`
		Timeout  time.Duration `config:"min=1ms,max=10s"`
	}
	written.Timeout = defaultTimeout
	if err := strict.Decode(n, &written); err != nil {
		return err
	}
	c.goOn, c.messages, c.timeout = bool(written.Stop), written.Messages, written.Timeout
	if written.Args.Kind() == strict.Null {
		return nil
	}
	c.node = written.Args
	return c.readArgs(written.Args)
}

// readArgs reads what stands on a line, separated by white space, or a list, whose
// elements are an argument each.
func (c *config) readArgs(n strict.Node) error {
	if n.Kind() == strict.List {
		return strict.Decode(n, &c.args)
	}
	if n.Kind() == strict.Null {
		return nil
	}
	text, err := n.Text()
	c.args = strings.Fields(text)
	return err
}

// stop is what becomes of a plugin's word that no other is to be asked.
type stop bool

// DecodeNode reads obey or ignore.
func (s *stop) DecodeNode(n strict.Node) error {
	text, err := n.Text()
	if err == nil && text != "obey" && text != "ignore" {
		err = n.Err("%q: want obey, so that the plugin can end the list, or ignore", text)
	}
	*s = text == "ignore"
	return err
}

// messages are the types of the messages that a plugin sees.
type messages []message

// message is a type of message.
type message dhcpv6.MessageType

// UnmarshalText reads the type by its name.
func (m *message) UnmarshalText(text []byte) error {
	for _, t := range shown() {
		if nameOf(t) == string(text) {
			*m = t
			return nil
		}
	}
	return unknownMessage(text)
}

// shown lists the types that CoreDHCP has plugins see.
func shown() messages {
	return append(assigning(),
		message(dhcpv6.MessageTypeConfirm), message(dhcpv6.MessageTypeRelease), message(dhcpv6.MessageTypeInformationRequest))
}

// assigning lists the types that leases are given on.
func assigning() messages {
	return messages{
		message(dhcpv6.MessageTypeSolicit), message(dhcpv6.MessageTypeRequest),
		message(dhcpv6.MessageTypeRenew), message(dhcpv6.MessageTypeRebind),
	}
}

func (m messages) has(t dhcpv6.MessageType) bool { return slices.Contains(m, message(t)) }

// forPlugin fills in what the plugin sees where the configuration does not say:
// those of CoreDHCP's own that give leases give them on whatever they see.
func (c config) forPlugin(name string) config {
	switch {
	case c.messages != nil:
	case name == "prefix" || name == "file":
		c.messages = assigning()
	default:
		c.messages = shown()
	}
	return c
}
