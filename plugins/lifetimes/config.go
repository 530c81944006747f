package lifetimes

import (
	"time"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// config is the settings as the pipeline has them.
type config pipeline.Lifetimes

// settings is how they are written. A zero duration is not set.
type settings struct {
	Preferred    time.Duration `config:"min=1s"`
	Valid        time.Duration `config:"min=1s"`
	MinPreferred time.Duration `yaml:"min_preferred" config:"min=1s"`
	MaxPreferred time.Duration `yaml:"max_preferred" config:"min=1s"`
	MinValid     time.Duration `yaml:"min_valid" config:"min=1s"`
	MaxValid     time.Duration `yaml:"max_valid" config:"min=1s"`
	T1           time.Duration `config:"min=1s"`
	T2           time.Duration `config:"min=1s"`
}

// DecodeNode reads the settings and checks what they say together.
func (c *config) DecodeNode(n strict.Node) error {
	if n.Kind() == strict.Null {
		return n.Err("nothing is set, want settings such as {preferred: 12h, valid: 24h}")
	}
	var s settings
	if err := strict.Decode(n, &s); err != nil {
		return err
	}
	*c = config(s)
	return checkOrder(n)
}

// order lists which settings must not be longer than which: a client discards
// an IA whose T1 is above its T2, or a lease whose preferred lifetime is above
// the valid one (RFC 9915 sections 21.4 and 21.6), and one that renews only
// after the preferred lifetime has lost its address for a while.
func order() [][2]string {
	return [][2]string{
		{"preferred", "valid"},
		{"min_preferred", "preferred"}, {"preferred", "max_preferred"}, {"min_preferred", "max_preferred"},
		{"min_valid", "valid"}, {"valid", "max_valid"}, {"min_valid", "max_valid"},
		{"min_preferred", "min_valid"}, {"max_preferred", "max_valid"},
		{"t1", "t2"},
		{"t1", "min_preferred"}, {"t2", "min_preferred"},
		{"t1", "preferred"}, {"t2", "preferred"},
		{"t1", "min_valid"}, {"t2", "min_valid"},
		{"t1", "valid"}, {"t2", "valid"},
	}
}

// checkOrder gives an error for the first pair of each setting that is not in
// order.
func checkOrder(n strict.Node) error {
	var errs []error
	found := map[string]bool{}
	for _, pair := range order() {
		short, long := n.Get(pair[0]), n.Get(pair[1])
		if short.Kind() == strict.Null || long.Kind() == strict.Null || found[pair[0]] {
			continue
		}
		if duration(short) > duration(long) {
			found[pair[0]] = true
			errs = append(errs, short.Err("%q is longer than %s, which is %q", text(short), pair[1], text(long)))
		}
	}
	return strict.Join(errs...)
}

// duration gives a setting that has been decoded before.
func duration(n strict.Node) time.Duration {
	d, _ := strict.ParseDuration(text(n))
	return d
}

func text(n strict.Node) string {
	t, _ := n.Text()
	return t
}
