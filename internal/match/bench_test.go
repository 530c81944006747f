package match_test

import (
	"testing"

	"github.com/stage6/stage6/internal/match"
)

// common are expressions of the kind that every configuration has.
func common() []string {
	return []string{
		`user_class == "iPXE"`,
		`user_class == "anaconda" or vendor_class startsWith "anaconda"`,
		`tag.anaconda`,
		`stage == "final"`,
		`stage == "loader"`,
		`arch == "x86_64" and not known`,
		`mac in ["52:54:00:aa:bb:01", "52:54:00:aa:bb:02"]`,
		`mac startsWith "52:54:00"`,
		`link_address in "2001:db8:10::/64"`,
		`vendor matches "^PXEClient"`,
		`host in ["a", "b", "c", "d", "e", "f", "g", "h", "i"]`,
		`vendor in ["a", "b", "c", "d", "e", "f", "g", "h", "i"]`,
		`len(user_class) > 1 and hops in 1..3`,
		`requested(23)`,
		`uuid == "4c4c4544-0042-3510-8052-b4c04f4a3132"`,
		`relay[0].id startsWith "ge-0/0/" and relay[1].link in "2001:db8:20::/64"`,
		`relay.id == "ge-0/0/9"`,
		`option[5].present`,
	}
}

func BenchmarkEval(b *testing.B) {
	for _, src := range common() {
		b.Run(src, func(b *testing.B) {
			p, err := match.Compile(src, facts())
			if err != nil {
				b.Fatal(err)
			}
			c := sample()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Eval(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestCommonFormsAllocateNothing(t *testing.T) {
	for _, src := range common() {
		p, err := match.Compile(src, facts())
		if err != nil {
			t.Fatal(err)
		}
		c := sample()
		if n := testing.AllocsPerRun(100, func() { _, _ = p.Eval(c) }); n != 0 || !p.Fast() {
			t.Errorf("%s: %v allocations, fast is %v", src, n, p.Fast())
		}
	}
}
