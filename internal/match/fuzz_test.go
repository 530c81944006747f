package match_test

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/match"
)

// FuzzCompile compiles anything and evaluates what compiles: without a panic,
// in bounded time, and with the same answer by closures and by the machine.
func FuzzCompile(f *testing.F) {
	for _, tt := range evalCases() {
		f.Add(tt.src)
	}
	for _, src := range hostile() {
		f.Add(src)
	}
	declared := facts()
	f.Fuzz(func(t *testing.T, src string) {
		late := time.AfterFunc(time.Minute, func() { panic("takes too long: " + src) })
		defer late.Stop()
		p, err := match.Compile(src, declared)
		if err != nil {
			return
		}
		for _, c := range []*client{sample(), {}, crowd()} {
			agree(t, p, c)
		}
	})
}

// agree fails the test if the closures and the machine do not agree.
func agree(t *testing.T, p *match.Program[*client], c *client) {
	t.Helper()
	got, err := p.Eval(c)
	want, machineErr := p.EvalMachine(c)
	if got != want || (err == nil) != (machineErr == nil) {
		t.Errorf("closures say %v, %v; the machine says %v, %v", got, err, want, machineErr)
	}
}

// crowd is a client that fills every list.
func crowd() *client {
	c := &client{stage: "", host: strings.Repeat("a", 60000), vendor: bytes.Repeat([]byte("PXEClient"), 6000), hops: -1}
	for i := range 1000 {
		c.userClass = append(c.userClass, []byte{byte(i), 0xff, 'x'})
		c.vendorClass = append(c.vendorClass, bytes.Repeat([]byte{'a'}, 60))
		c.arch = append(c.arch, i)
	}
	for i := range 9 {
		c.relays = append(c.relays, relay{i, netip.IPv6LinkLocalAllNodes(), "x", bytes.Repeat([]byte{byte(i)}, 2000), c.mac, true})
	}
	c.duid, c.mac = bytes.Repeat([]byte{0xab}, 130), []byte{1}
	return c
}

// hostile are expressions that cost more than they look.
func hostile() []string {
	deep := func(n int, open, inner, shut string) string {
		return strings.Repeat(open, n) + inner + strings.Repeat(shut, n)
	}
	chain := func(n int, part, by string) string { return strings.TrimSuffix(strings.Repeat(part+by, n), by) }
	return []string{
		deep(8000, "(", "known", ")"),
		deep(8000, "(", "known\x7f", ")"),
		deep(3000, "[(", "known\x7f", "]"),
		deep(4000, "not ", "known\x7f", ""),
		deep(8000, "not ", "known", ""),
		deep(8000, "!", "known", ""),
		deep(900, "-", "1", "") + " == 1",
		deep(300, "[", "1", "]") + " == 1",
		deep(500, "known ? known : ", "known", ""),
		deep(200, "lower(", "host", ")") + ` == "x"`,
		deep(500, "any(user_class, ", "known", ")"),
		deep(4, "any(user_class, ", `any(vendor_class, # == "x")`, ")"),
		deep(2, "any(user_class, ", `vendor_class == "x"`, ")"),
		deep(500, "tag[", "host", "]"),
		deep(500, "1 < (", "2", " < 3)"),
		deep(500, "double(", "hops", ")") + " == 1",
		chain(1000, "known", " and "),
		chain(2000, "known", " or "),
		chain(1000, `host == "a"`, " or "),
		chain(1000, "hops", " + ") + " == 1",
		chain(1000, "hops", " < "),
		chain(1000, `"a"`, " + ") + ` == "x"`,
		"host in [" + chain(1900, `"abc"`, ",") + "]",
		"arch in [" + chain(1900, `"x86_64"`, ",") + "]",
		"user_class in [" + chain(1900, `"abc"`, ",") + "]",
		"link_address in [" + chain(400, `"2001:db8::/64"`, ",") + "]",
		"relay.link in [" + chain(400, `"2001:db8::/64"`, ",") + "]",
		chain(600, "relay.trusted", " or "),
		chain(400, `relay.id == "a"`, " and "),
		deep(500, "not (", "relay.trusted", ")"),
		deep(300, "relay[", "0", "]"),
		"hops in 1..1000000000",
		"1 in 1..1000000000",
		"any(1..100000000, # == 1)",
		"len(1..100000000) > 1",
		`host * 100000000 == ""`,
		"9223372036854775807 + 1 == hops",
		"hops % -1 == 0",
		"-9223372036854775808 % hops == 0",
		"hops ** 1000 > 1",
		"hops << 64 == 1",
		`host matches "` + deep(1000, "(", "a", ")") + `"`,
		`host matches "(a?){500}a{500}"`,
		`host matches "((((a{30}){30}){30}){30})"`,
		`host matches "(a*)*b"`,
		`host matches "(.*.*.*.*.*)x"`,
		`vendor matches "(?i)` + strings.Repeat("[^a]", 300) + `"`,
		`vendor matches "` + strings.Repeat(`\\pL`, 300) + `"`,
		`any(user_class, # matches "(a|b|c|d)*e")`,
		`user_class matches "` + strings.Repeat("(x+x+)+", 50) + `"`,
		strings.Repeat(" ", 20000) + "known",
		"known" + strings.Repeat("\n", 16000),
		"known // " + strings.Repeat("x", 16000),
		"known /* " + strings.Repeat("x", 16000),
		`"` + strings.Repeat(`\\u0041`, 2000) + `" == host`,
		"\x00", "\u202eknown", "`known", "'", `"\\`, "0x", "1e999 > hops", "1..", "..", "#", "#.x", "$env", "$value", "a.b.c",
		"known|lower()", "known ?? known", "known?.x", "host?.[1]", "{", "}", "[", ";", "known;known", "let x = known; x",
		"any(user_class, {# == \"x\"})", "user_class | any(# == \"x\")", "user_class | count() > 1",
		"any(user_class, let y = #; y == \"x\")", "if known { known } else { known }",
		"fails(host)", "panics()", "fails(\"x\") or known", "fails(1)",
	}
}

func TestHostileExpressionsAreBounded(t *testing.T) {
	// Far above what is needed, since the race detector and a busy machine make
	// it tenfold, and far below what something unbounded would take.
	const bound = time.Minute
	for _, src := range hostile() {
		name := src[:min(len(src), 40)]
		start := time.Now()
		p, err := match.Compile(src, facts())
		if d := time.Since(start); d > bound {
			t.Errorf("%s: compiling took %v", name, d)
		}
		var placed *match.Error
		if err != nil && !errors.As(err, &placed) {
			t.Errorf("%s: the error has no place: %v", name, err)
		}
		if err != nil {
			if len(err.Error()) > 1000 {
				t.Errorf("%s: the error has %d bytes", name, len(err.Error()))
			}
			continue
		}
		start = time.Now()
		_, _ = p.Eval(crowd())
		if d := time.Since(start); d > bound {
			t.Errorf("%s: evaluating took %v", name, d)
		}
		t.Logf("%-40q compiled, %v", name, time.Since(start))
	}
}
