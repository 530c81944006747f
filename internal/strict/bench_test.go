package strict_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/strict"
)

// hosts writes a file of n hosts, one a line or all on one line.
func hosts(n int, separator string) string {
	var b strings.Builder
	b.WriteString("{")
	for i := range n {
		mac := ident.MAC{0x52, 0x54, 0, byte(i >> 16), byte(i >> 8), byte(i)}
		fmt.Fprintf(&b, "%shost%d: {mac: '%s', addresses: ['2001:db8::%x'], tags: [rhel, web]}", separator, i, mac, i+1)
		if i < n-1 {
			b.WriteString(",")
		}
	}
	b.WriteString("}\n")
	return b.String()
}

func BenchmarkDecodeHosts(b *testing.B) {
	for name, separator := range map[string]string{"a line each": "\n  ", "on one line": " "} {
		b.Run(name, func(b *testing.B) {
			text := hosts(10_000, separator)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				var into []struct {
					Name      string `config:"key"`
					MAC       ident.MAC
					Addresses []string
					Tags      []string
				}
				n, err := strict.Parse("hosts.yml", []byte(text))
				if err != nil {
					b.Fatal(err)
				}
				if err := strict.Decode(n, &into); err != nil || len(into) != 10_000 {
					b.Fatal(len(into), err)
				}
			}
		})
	}
}
