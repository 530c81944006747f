package boot

import (
	"context"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
	"github.com/stage6/stage6/stage"
)

// made gives the handler of a table.
func made(tb testing.TB, yaml string) *handler {
	tb.Helper()
	node, err := strict.Parse("boot.yml", []byte(yaml))
	if err != nil {
		tb.Fatal(err)
	}
	var c config
	if err := strict.Decode(node, &c); err != nil {
		tb.Fatal(err)
	}
	env := pipeline.Env{Match: pipeline.NewExpressions(), Path: func(name string) string { return filepath.Join(tb.TempDir(), name) }}
	h, err := newHandler(c, env)
	if err != nil {
		tb.Fatal(err)
	}
	return h.(*handler)
}

// The options of clients that boot.
const (
	uefiPXE  = "oro 59 60 23 16; arch 7; vendor-class 343 \"PXEClient:Arch:00007:UNDI:003000\""
	uefiHTTP = "oro 59 60 23 16; arch 16; vendor-class 343 \"HTTPClient:Arch:00016:UNDI:003000\""
	loader   = "oro 23 24 59 60; arch 7; vendor-class 343 \"PXEClient:Arch:00007:UNDI:003010\"; user-class \"iPXE\""
)

// solicited gives the exchange of a Solicit with the options, of a client that
// everything is known of.
func solicited(tb testing.TB, options string) (*pipeline.Exchange, *exchange.State) {
	tb.Helper()
	text := "solicit 0a0b01\n  client-id 00044c4c4544004235108052b4c04f4a3132\n  ia-na 1 t1=0 t2=0\n"
	for line := range strings.SplitSeq(options, ";") {
		text += "  " + strings.TrimSpace(line) + "\n"
	}
	data, err := dhcptext.Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	x := &pipeline.Exchange{}
	s := x.Core().(*exchange.State)
	s.Reset(exchange.Arrival{})
	if reason := s.Msg.Decode(data); reason != wire.OK {
		tb.Fatal(reason)
	}
	granted := exchange.Grant{Prefix: netip.MustParsePrefix("2001:db8:10::101/128")}
	s.IAs = []exchange.IA{{IA: ident.IA{Type: ident.NA, ID: 1}, Decided: true, Grants: []exchange.Grant{granted}}}
	s.MAC, s.Stage = ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1}, stage.Loader
	s.Host.Host, s.Link = &host.Host{Name: "web01"}, &link.Link{Name: "prov0"}
	s.Tags = []string{"rhel"}
	return x, s
}

// urlFor gives the URL that the client is sent, or nothing.
func urlFor(tb testing.TB, h *handler, x *pipeline.Exchange, s *exchange.State) string {
	tb.Helper()
	if _, err := h.Handle(context.Background(), x); err != nil {
		tb.Fatal(err)
	}
	for _, o := range s.Options.All() {
		if o.Key.Code == uint16(dhcpv6.OptionBootfileURL) {
			return string(o.Wire[4:])
		}
	}
	return ""
}

func TestVariables(t *testing.T) {
	for name, tc := range map[string]struct{ template, client, want string }{
		"the MAC":                       {"http://[2001:db8::1]/?mac=${mac}", loader, "http://[2001:db8::1]/?mac=52:54:00:aa:bb:01"},
		"the MAC with hyphens":          {"http://[2001:db8::1]/01-${mac:hyphen}", loader, "http://[2001:db8::1]/01-52-54-00-aa-bb-01"},
		"the MAC in digits":             {"http://[2001:db8::1]/${mac:plain}.ipxe", loader, "http://[2001:db8::1]/525400aabb01.ipxe"},
		"the UUID of iPXE":              {"http://[2001:db8::1]/${uuid}", loader, "http://[2001:db8::1]/4c4c4544-0042-3510-8052-b4c04f4a3132"},
		"the UUID of UEFI as raw bytes": {"http://[2001:db8::1]/${uuid}", uefiHTTP, "http://[2001:db8::1]/44454c4c-4200-1035-8052-b4c04f4a3132"},
		"the architecture":              {"http://[2001:db8::1]/${arch}", uefiHTTP, "http://[2001:db8::1]/x86_64"},
		"one without a name":            {"http://[2001:db8::1]/${arch}", "arch 33", "http://[2001:db8::1]/33"},
		"one that nobody names":         {"http://[2001:db8::1]/a${arch}/b", "oro 59", "http://[2001:db8::1]/a/b"},
		"the host":                      {"http://[2001:db8::1]/${host}?x=${host}#${host}", loader, "http://[2001:db8::1]/web01?x=web01#web01"},
		"the host in the server's name": {"http://${host}.boot.example.net/", loader, "http://web01.boot.example.net/"},
		"stage and link":                {"http://[2001:db8::1]/${stage}/${link}", loader, "http://[2001:db8::1]/loader/prov0"},
		"the address as a server":       {"http://${address}:8080/", loader, "http://[2001:db8:10::101]:8080/"},
		"the address in brackets":       {"http://[${address}]/", loader, "http://[2001:db8:10::101]/"},
		"the address elsewhere":         {"http://[2001:db8::1]/?ip=${address}", loader, "http://[2001:db8::1]/?ip=2001:db8:10::101"},
		"a tag that is set":             {"http://[2001:db8::1]/${tag:rhel}${tag:debian}/", loader, "http://[2001:db8::1]/rhel/"},
		"what iPXE expands":             {"http://[2001:db8::1]/$${net0/mac}?a=$b", loader, "http://[2001:db8::1]/${net0/mac}?a=$b"},
		"escapes of the operator":       {"http://[2001:db8::1]/a%20b", loader, "http://[2001:db8::1]/a%20b"},
	} {
		t.Run(name, func(t *testing.T) {
			x, s := solicited(t, tc.client)
			if got := urlFor(t, made(t, "- url: '"+tc.template+"'\n"), x, s); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestWhatIsNotKnown(t *testing.T) {
	for name, tc := range map[string]struct{ template, want string }{
		"is empty in a path":        {"http://[2001:db8::1]/${mac}${mac:hyphen}${mac:plain}/${host}${link}", "http://[2001:db8::1]//"},
		"is empty in a query":       {"http://[2001:db8::1]/?host=${host}&ip=${address}", "http://[2001:db8::1]/?host=&ip="},
		"leaves no server, no URL":  {"http://${host}.example.net/", ""},
		"leaves no address, no URL": {"http://[${address}]/", ""},
	} {
		t.Run(name, func(t *testing.T) {
			x, s := solicited(t, loader)
			s.MAC, s.Host.Host, s.Link, s.IAs, s.Tags = ident.MAC{}, nil, nil, nil, nil
			if got := urlFor(t, made(t, "- url: '"+tc.template+"'\n"), x, s); got != tc.want {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

func TestValuesStayInTheirPlace(t *testing.T) {
	const template = "http://${host}.example.net:80/a/${host}/b?h=${host}&c=d#${host}"
	for name, tc := range map[string]struct{ host, want string }{
		"a slash":       {"a/b", "http://a%2Fb.example.net:80/a/a%2Fb/b?h=a%2Fb&c=d#a%2Fb"},
		"another query": {"a?b&c=e", "http://a%3Fb%26c%3De.example.net:80/a/a%3Fb%26c%3De/b?h=a%3Fb%26c%3De&c=d#a%3Fb%26c%3De"},
		"a fragment":    {"a#b", "http://a%23b.example.net:80/a/a%23b/b?h=a%23b&c=d#a%23b"},
		"a server":      {"evil@x:1", "http://evil%40x%3A1.example.net:80/a/evil%40x:1/b?h=evil%40x:1&c=d#evil%40x:1"},
		"an address":    {"[::1]", "http://%5B%3A%3A1%5D.example.net:80/a/%5B::1%5D/b?h=%5B::1%5D&c=d#%5B::1%5D"},
		"an escape":     {"%2f", "http://%252f.example.net:80/a/%252f/b?h=%252f&c=d#%252f"},
		"a line's end":  {"a\r\nb", "http://a%0D%0Ab.example.net:80/a/a%0D%0Ab/b?h=a%0D%0Ab&c=d#a%0D%0Ab"},
		"a variable":    {"${net0}", "http://%24%7Bnet0%7D.example.net:80/a/%24%7Bnet0%7D/b?h=%24%7Bnet0%7D&c=d#%24%7Bnet0%7D"},
		"not ASCII":     {"ü", "http://%C3%BC.example.net:80/a/%C3%BC/b?h=%C3%BC&c=d#%C3%BC"},
	} {
		t.Run(name, func(t *testing.T) {
			x, s := solicited(t, loader)
			s.Host.Host = &host.Host{Name: tc.host}
			if got := urlFor(t, made(t, "- url: '"+template+"'\n"), x, s); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// FuzzValues gives a host and a link any names: the URL has the components
// that the template has, and they hold the names.
func FuzzValues(f *testing.F) {
	for _, v := range []string{"web01", "", "a/../b", "?x=y", "#", "%", "%2e%2e", "[::1]", "a b", "\x00\r\n", "ü\xff", "@:", "${mac}"} {
		f.Add(v, "prov0")
		f.Add("web01", v)
	}
	h := made(f, "- url: 'http://[2001:db8::1]:8080/boot/x${host}/y${link}?host=${host}&link=${link}#${host}'\n")
	f.Fuzz(func(t *testing.T, name, link1 string) {
		x, s := solicited(t, loader)
		s.Host.Host, s.Link = &host.Host{Name: name}, &link.Link{Name: link1}
		if len(name)+len(link1) > 4096 {
			return
		}
		text := urlFor(t, h, x, s)
		u, err := url.Parse(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		parts := strings.Split(u.EscapedPath(), "/")
		if u.Host != "[2001:db8::1]:8080" || len(parts) != 4 || u.Fragment != name {
			t.Errorf("%q: host %q, path of %d parts, fragment %q", text, u.Host, len(parts), u.Fragment)
		}
		if q := u.Query(); len(q) != 2 || q.Get("host") != name || q.Get("link") != link1 {
			t.Errorf("%q: query %q", text, q)
		}
		if u.Path != "/boot/x"+name+"/y"+link1 {
			t.Errorf("%q: path %q", text, u.Path)
		}
	})
}

// FuzzTemplates reads any template: one that is taken makes URLs.
func FuzzTemplates(f *testing.F) {
	for _, v := range []string{"http://[2001:db8::1]/${mac}", "tftp://${address}/x", "http://[${address}]:80/$${a}", "${", "a://${host}${host}@${tag:x}:1/", "x://[::1]?${uuid}"} {
		f.Add(v)
	}
	m := &means{match: pipeline.NewExpressions()}
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, err := newTemplate(strict.Scalar("test", "url", text), m)
		if err != nil || tmpl.static != nil {
			return
		}
		x, _ := solicited(t, loader)
		made, ok, err := tmpl.append(nil, &client{Exchange: x, method: ipxe})
		if err != nil {
			t.Fatal(err)
		}
		if err := optiontext.CheckURL(string(made)); ok && err != nil {
			t.Errorf("%q makes %q: %v", text, made, err)
		}
	})
}

func TestHandleAllocatesNothing(t *testing.T) {
	for name, yaml := range map[string]string{
		"a URL that is written":   "- {stage: installer, local: true}\n- {method: ipxe, arch: x86_64, url: 'http://[2001:db8::1]/a', params: quiet}\n",
		"a URL that is formed":    "- url: 'http://[2001:db8::1]/${mac}/${uuid}/${arch}/${host}?ip=${address}&s=${stage}&l=${link}&t=${tag:rhel}'\n",
		"an entry of a condition": "- {when: 'tag.rhel and stage == \"loader\"', url: 'http://[2001:db8::1]/${host}'}\n",
	} {
		t.Run(name, func(t *testing.T) {
			h := made(t, yaml)
			x, s := solicited(t, loader)
			if n := testing.AllocsPerRun(100, func() { handleAgain(t, h, x, s) }); n != 0 {
				t.Errorf("%v allocations, want none", n)
			}
		})
	}
}

// handleAgain handles the exchange as if it were a new one.
func handleAgain(tb testing.TB, h *handler, x *pipeline.Exchange, s *exchange.State) {
	s.Made = s.Made[:0]
	x.RemoveOption(dhcpv6.OptionBootfileURL)
	x.RemoveOption(dhcpv6.OptionBootfileParam)
	x.RemoveOption(dhcpv6.OptionVendorClass)
	if _, err := h.Handle(context.Background(), x); err != nil {
		tb.Fatal(err)
	}
	if !s.Options.Has(uint16(dhcpv6.OptionBootfileURL)) {
		tb.Fatal("no URL is proposed")
	}
}

func BenchmarkHandle(b *testing.B) {
	for name, url := range map[string]string{
		"written": "http://[2001:db8::1]/boot.ipxe",
		"formed":  "http://[2001:db8::1]/boot.ipxe?mac=${mac}&host=${host}&uuid=${uuid}",
	} {
		b.Run(name, func(b *testing.B) {
			h := made(b, "- {method: pxe, arch: [arm64, x86_64], url: 'tftp://[2001:db8::1]/a'}\n- {method: http, url: 'http://[2001:db8::1]/b'}\n- {stage: loader, url: '"+url+"'}\n")
			x, s := solicited(b, loader)
			b.ReportAllocs()
			for b.Loop() {
				handleAgain(b, h, x, s)
			}
		})
	}
}
