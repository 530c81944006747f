package hosts

import (
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/pipeline"
)

// options is what is set for one host.
type options []*pipeline.Option

// encoded gives the options as the registry keeps them.
func (os options) encoded() (out []host.Option) {
	for _, o := range os {
		out = append(out, host.Option{Code: uint16(o.Code()), Data: o.Append(nil)[4:]})
	}
	return out
}
