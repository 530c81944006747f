package pipeline

import (
	"math"

	"github.com/stage6/stage6/internal/match"
	"github.com/stage6/stage6/internal/wire"
)

// Bounds of what is looked at for an option by its code, so that a hostile
// message costs little more than an honest one.
const (
	maxOptions    = 64  // of the message
	maxOptionData = 512 // octets of the option
)

func declareOptions(f *match.Facts[*Exchange]) {
	f.Bytes("fqdn", "the name that the client says it has (option 39), in lower case, without a dot at the end", clientName)
	f.Records("option", "CODE", "the options of the client's message", 1, math.MaxUint16, declareOption, nil)
}

func declareOption(f *match.Facts[*Exchange], code int) {
	f.Bool("present", "whether the client's message has the option of that code", func(x *Exchange) bool {
		_, ok := clientOption(x, code)
		return ok
	})
	f.Octets("data", "the data of the first option of that code", func(x *Exchange) []byte {
		data, _ := clientOption(x, code)
		return data[:min(len(data), maxOptionData)]
	})
	f.Bytes("text", "the same data, as text", func(x *Exchange) []byte {
		data, _ := clientOption(x, code)
		return data
	})
	f.Int("length", "how many octets that data has", func(x *Exchange) int {
		data, _ := clientOption(x, code)
		return len(data)
	})
}

// clientOption gives the first option of a code among those that are looked at.
func clientOption(x *Exchange, code int) ([]byte, bool) {
	seen := 0
	for c, data := range x.s.Msg.Options.All() {
		if int(c) == code {
			return data, true
		}
		if seen++; seen == maxOptions {
			break
		}
	}
	return nil, false
}

// clientName gives the name of the Client FQDN option as text. It is in memory
// of the exchange, and stands until the next call.
func clientName(x *Exchange) []byte {
	_, name, _ := x.s.Msg.FQDN()
	x.name = wire.AppendNameText(x.name[:0], name)
	for i, c := range x.name {
		if 'A' <= c && c <= 'Z' {
			x.name[i] = c + 'a' - 'A'
		}
	}
	return x.name
}
