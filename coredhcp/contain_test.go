package coredhcp_test

import (
	"errors"
	"io"
	"log"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/coredhcp/coredhcp/handler"
	"github.com/coredhcp/coredhcp/logger"
	"github.com/coredhcp/coredhcp/plugins"
	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/coredhcp"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// bad gives a handler that does bad things instead of answering.
func bad(do func()) handler.Handler6 {
	return func(_, resp dhcpv6.DHCPv6) (dhcpv6.DHCPv6, bool) {
		do()
		return resp, false
	}
}

func TestABadPluginCostsOneMessage(t *testing.T) {
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	for name, tc := range map[string]struct {
		do   func()
		want string
	}{
		"one that panics":                   {func() { panic("oops") }, "plugin-panic"},
		"one that ends the program":         {func() { logger.GetLogger("plugins/bad").Fatal("the end") }, "plugin-error"},
		"one that does so by logrus":        {func() { logrus.Fatal("the end") }, "plugin-error"},
		"one that panics by CoreDHCP's log": {func() { logger.GetLogger("plugins/bad").Panic("oops") }, "plugin-panic"},
		"one that panics by Go's log":       {func() { log.New(io.Discard, "", 0).Panic("oops") }, "plugin-panic"},
		"one that does not come back":       {func() { <-forever }, "plugin-slow"},
		"one that is well":                  {func() {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := serverOf(t, "bad: {timeout: 10ms}", adapt("bad", bad(tc.do)))
			if got := server.Serve(sent(parse(t, informationRequest))).Drop; got != tc.want {
				t.Errorf("dropped for %q, want %q", got, tc.want)
			}
		})
	}
}

const informationRequest = `information-request 0a0b01
  client-id 00030001525400aabb01
`

func parse(t testing.TB, message string) []byte {
	t.Helper()
	datagram, err := dhcptext.Parse(message)
	if err != nil {
		t.Fatal(err)
	}
	return datagram
}

// serverOf makes a server with one plugin in its list.
func serverOf(t testing.TB, item string, plugin pipeline.Plugin) *pipelinetest.Server {
	t.Helper()
	prov0 := pipelinetest.Interface{Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}
	return pipelinetest.New(t, t.TempDir(), "leases: memory\nserver6:\n  plugins:\n    - "+item+"\n", []pipelinetest.Interface{prov0}, []pipeline.Plugin{plugin})
}

// setup makes a plugin that is set up by a function.
func setup(name string, do plugins.SetupFunc6) pipeline.Plugin {
	return coredhcp.Adapt(&plugins.Plugin{Name: name, Setup6: do})
}

func TestWhatIsWrongWithSettings(t *testing.T) {
	well := func(...string) (handler.Handler6, error) { return bad(func() {}), nil }
	for name, tc := range map[string]struct {
		yaml  string
		setup plugins.SetupFunc6
		want  string
	}{
		"what the plugin says": {
			"{args: a b}\n", func(args ...string) (handler.Handler6, error) {
				return nil, errors.New("want one argument, got " + strings.Join(args, "+"))
			},
			`plugin.yml:1:8: args: want one argument, got a+b`,
		},
		"a panic": {"a\n", func(...string) (handler.Handler6, error) { panic("oops") }, `plugin.yml:1:1: panic: oops`},
		"an end of the program": {
			"a\n", func(...string) (handler.Handler6, error) { logger.GetLogger("plugins/x").Fatal("no"); return nil, nil },
			`plugin.yml:1:1: the plugin asked for the end of the program, as log.Fatal does; the line above says why`,
		},
		"no handler":          {"a\n", func(...string) (handler.Handler6, error) { return nil, nil }, `plugin.yml:1:1: the plugin made no handler for DHCPv6`},
		"a plugin for DHCPv4": {"a\n", nil, `plugin.yml:1:1: x is a plugin of CoreDHCP's for DHCPv4 only: leave it out`},
		"stop":                {"{stop: never}\n", well, `plugin.yml:1:8: stop: "never": want obey, so that the plugin can end the list, or ignore`},
		"messages": {
			"{messages: solicit decline}\n", well,
			`plugin.yml:1:20: messages: "decline" is not a type of message that plugins of CoreDHCP's see, want some of solicit, request, renew, rebind, confirm, release, information-request`,
		},
		"timeout":        {"{timeout: 11s}\n", well, `plugin.yml:1:11: timeout: "11s" is too long, want at most 10s`},
		"an unknown key": {"{arg: a}\n", well, `plugin.yml:1:2: unknown key "arg", did you mean "args"? (known: args, stop, messages, timeout)`},
	} {
		t.Run(name, func(t *testing.T) {
			err := pipelinetest.ConfigError(t, t.TempDir(), setup("x", tc.setup), tc.yaml)
			if err == nil {
				t.Fatal("no error")
			}
			if err.Error() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

func TestArgumentsAreThoseOfCoreDHCP(t *testing.T) {
	for name, tc := range map[string]struct {
		yaml string
		want []string
	}{
		"none":            {"\n", nil},
		"a line":          {"LL 00:11:22:33:44:55\n", []string{"LL", "00:11:22:33:44:55"}},
		"a number":        {"0x10\n", []string{"0x10"}},
		"a quoted line":   {"' a  b '\n", []string{"a", "b"}},
		"a list":          {"[a b, c]\n", []string{"a b", "c"}},
		"a map":           {"{args: a b, stop: ignore}\n", []string{"a", "b"}},
		"a map with none": {"{stop: obey}\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			p := setup("x", func(args ...string) (handler.Handler6, error) { got = args; return bad(func() {}), nil })
			if err := pipelinetest.ConfigError(t, t.TempDir(), p, tc.yaml); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// made makes a handler of a plugin, as a configuration that uses plugins does.
func made(t *testing.T, p pipeline.Plugin, args string, uses ...string) error {
	t.Helper()
	node, err := strict.Parse("plugin.yml", []byte(args))
	if err != nil {
		t.Fatal(err)
	}
	log, _ := logtest.NewNullLogger()
	_, err = p.New(func(into any) error { return strict.Decode(node, into) }, pipeline.Env{Log: logrus.NewEntry(log), Plugins: uses})
	return err
}

func TestAPluginIsSetUpOnce(t *testing.T) {
	times := 0
	p := setup("x", func(...string) (handler.Handler6, error) { times++; return bad(func() {}), nil })
	for range 3 {
		if err := made(t, p, "a b\n", "dns", "x"); err != nil {
			t.Fatal(err)
		}
	}
	if times != 1 {
		t.Errorf("set up %d times, want once for a configuration that is read again", times)
	}
	const changed = `plugin.yml:1:1: the arguments were ["a" "b"]: a plugin of CoreDHCP's keeps them in variables of its package, so that others take a restart`
	if err := made(t, p, "c\n", "x"); err == nil || err.Error() != changed {
		t.Errorf("with other arguments: %v, want %s", err, changed)
	}
	const twice = `x is a plugin of CoreDHCP's, which keep their settings in variables of their packages: it may stand once only`
	if err := made(t, p, "a b\n", "x", "dns", "x"); err == nil || err.Error() != twice {
		t.Errorf("standing twice: %v, want %s", err, twice)
	}
}

func TestWhichMessagesAPluginSees(t *testing.T) {
	const ids = "\n  client-id 00030001525400aabb01\n"
	const toServer = ids + "  server-id 00030001020000000001\n"
	messages := []string{
		"solicit 000001" + ids, "request 000002" + toServer, "renew 000003" + toServer, "rebind 000004" + ids,
		"confirm 000005" + ids + "  ia-na 1 t1=0 t2=0\n    address 2001:db8:10::1 preferred=0 valid=0\n",
		"release 000006" + toServer, "decline 000007" + toServer, "information-request 000008" + ids,
	}
	for name, tc := range map[string]struct{ plugin, settings, want string }{
		"all that CoreDHCP has":       {"x", "{}", "SOLICIT REQUEST RENEW REBIND CONFIRM RELEASE INFORMATION-REQUEST"},
		"what asks for leases":        {"prefix", "{}", "SOLICIT REQUEST RENEW REBIND"},
		"the same for the lease file": {"file", "{}", "SOLICIT REQUEST RENEW REBIND"},
		"what the settings say":       {"file", "{messages: solicit release}", "SOLICIT RELEASE"},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			p := adapt(tc.plugin, func(req, resp dhcpv6.DHCPv6) (dhcpv6.DHCPv6, bool) {
				seen = append(seen, req.Type().String())
				return resp, false
			})
			server := serverOf(t, tc.plugin+": "+tc.settings, p)
			for _, m := range messages {
				server.Serve(sent(parse(t, m)))
			}
			if got := strings.Join(seen, " "); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}
