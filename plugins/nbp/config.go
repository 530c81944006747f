package nbp

import (
	"net/url"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/firmware"
	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// config is the settings, encoded as they are read.
type config struct {
	url    *pipeline.Option
	params *pipeline.Option // nil without parameters
}

// DecodeNode reads a URL and parameters, as a line, a list or a map.
func (c *config) DecodeNode(n strict.Node) error {
	if n.Kind() == strict.Map {
		return c.decodeMap(n)
	}
	parts := n.Items()
	if n.Kind() == strict.Single {
		var err error
		if parts, err = n.Fields(); err != nil {
			return err
		}
	}
	if len(parts) == 0 {
		return n.Err("no URL is given, want one such as http://[2001:db8::1]/boot")
	}
	return c.encode(parts[0], parts[1:])
}

func (c *config) decodeMap(n strict.Node) error {
	var written struct {
		URL    strict.Node   `yaml:"url" config:"required"`
		Params []strict.Node // one or a list; a text is one parameter
	}
	if err := strict.Decode(n, &written); err != nil {
		return err
	}
	return c.encode(written.URL, written.Params)
}

// encode makes the options. Without parameters of their own, those are taken
// that the URL names in the query params, as CoreDHCP has it.
func (c *config) encode(address strict.Node, params []strict.Node) (err error) {
	if c.url, err = optiontext.Decode(dhcpv6.OptionBootfileURL, address); err != nil {
		return err
	}
	texts, err := firmware.ReadParams(params)
	if err != nil {
		return err
	}
	if len(params) == 0 {
		texts = queried(address)
	}
	c.params, err = firmware.Params(texts)
	return address.Wrap(err)
}

// queried gives the parameters in the URL's query params, separated by white
// space.
func queried(address strict.Node) []string {
	text, err := address.Text()
	if err != nil {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil
	}
	return strings.Fields(u.Query().Get("params"))
}
