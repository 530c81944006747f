package firmware

import (
	"encoding/binary"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// ReadParams reads the parameters of a boot file.
func ReadParams(nodes []strict.Node) (texts []string, err error) {
	for _, n := range nodes {
		text, err := n.Text()
		if err == nil && text == "" {
			err = n.Err("the parameter is empty")
		}
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// Params makes the option of the parameters of a boot file, each behind its
// length (RFC 5970 section 3.2). Without parameters it is nil.
func Params(texts []string) (*pipeline.Option, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	var data []byte
	for _, t := range texts {
		data = binary.BigEndian.AppendUint16(data, uint16(len(t)))
		data = append(data, t...)
	}
	return pipeline.NewOption(dhcpv6.OptionBootfileParam, data)
}
