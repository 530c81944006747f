package hosttext

import (
	"encoding/binary"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/pipeline"
)

// encoded gives options as the registry keeps them: each instance of one that
// stands several times in a message by itself.
func encoded(options []*pipeline.Option) (out []host.Option) {
	for _, o := range options {
		for wire := o.Append(nil); len(wire) >= 4; {
			end := 4 + int(binary.BigEndian.Uint16(wire[2:]))
			out = append(out, host.Option{Code: uint16(o.Code()), Data: wire[4:end]})
			wire = wire[end:]
		}
	}
	return out
}
