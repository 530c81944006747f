package tag

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
	"github.com/stage6/stage6/plugins/hosts"
	"github.com/stage6/stage6/plugins/identify"
)

// show is a plugin that drops every exchange and tells its tags, so that
// golden exchanges can show them.
var show = pipeline.Define("show", func(struct{}, pipeline.Env) (pipeline.Handler, error) {
	return pipeline.HandlerFunc(func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
		return x.Drop("tagged " + strings.Join(x.Tags(), " "))
	}), nil
}).WithDryRun()

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{identify.Plugin, hosts.Plugin, Plugin, show})
}

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing": {
			"",
			`plugin.yml:1:1: no tag is written, want such as ipxe: 'user_class == "iPXE"'`,
		},
		"an empty map": {
			"{}\n",
			`plugin.yml:1:1: no tag is written, want such as ipxe: 'user_class == "iPXE"'`,
		},
		"an expression without a tag": {
			"'user_class == \"iPXE\"'\n",
			`plugin.yml:1:1: got "user_class == \"iPXE\"", want a map`,
		},
		"a list": {
			"- ipxe\n",
			`plugin.yml:1:1: got a list, want a map`,
		},
		"a tag with a hyphen": {
			"rack-1: relays == 1\n",
			`plugin.yml:1:1: tag "rack-1": want letters, digits and underscores, a letter first`,
		},
		"a tag that begins with a digit": {
			"1st: relays == 1\n",
			`plugin.yml:1:1: tag "1st": want letters, digits and underscores, a letter first`,
		},
		"a tag without a name": {
			"'': relays == 1\n",
			`plugin.yml:1:1: tag "": want letters, digits and underscores, a letter first`,
		},
		"a tag twice": {
			"ipxe: relays == 1\nipxe: relays == 2\n",
			`plugin.yml:2:1: key "ipxe" stands twice, first at line 1`,
		},
		"no expression": {
			"ipxe:\n",
			`plugin.yml:1:6: ipxe: nothing is written here`,
		},
		"an empty expression": {
			"ipxe: ''\n",
			`plugin.yml:1:7: ipxe: 1:1: the expression is empty`,
		},
		"a list of expressions": {
			"ipxe: [relays == 1]\n",
			`plugin.yml:1:7: ipxe: got a list, want a single value`,
		},
		"a YAML tag": {
			"real: !tag.ipxe\n",
			`plugin.yml:1:7: real: "!tag.ipxe" is a YAML tag, not an expression, write: not tag.ipxe`,
		},
		"an unknown fact": {
			"ipxe: 'user_clas == \"iPXE\"'\n",
			`plugin.yml:1:7: ipxe: 1:1: unknown name "user_clas", did you mean "user_class"?`,
		},
		"a value that a fact never has": {
			"real:\n  'stage == \"finale\"'\n",
			`plugin.yml:2:3: real: 1:10: stage is never "finale", did you mean "final"? (it is one of "unknown", "firmware", "loader", "installer", "final")`,
		},
		"a number in quotes": {
			"vendor: 'vendor_enterprise == \"343\"'\n",
			`plugin.yml:1:9: vendor: 1:22: vendor_enterprise is an integer: compare it with a number without quotes`,
		},
		"a field that relay agents do not have": {
			"rack: 'relay[0].interface == \"ge-0/0/1\"'\n",
			`plugin.yml:1:7: rack: 1:10: relay[0] has no "interface", did you mean "interface_id"? (known: hops, interface_id, link_address, mac, peer_address, remote_enterprise, remote_id, subscriber_id, trusted)`,
		},
		"more relay agents than there can be": {
			"rack: relay[9].hops == 1\n",
			`plugin.yml:1:7: rack: 1:7: relay[9]: want a number from -9 to 8`,
		},
		"half a UUID": {
			"dell: 'uuid == \"4c4c4544\"'\n",
			`plugin.yml:1:7: dell: 1:9: uuid: "4c4c4544" is not a UUID, want one such as 4c4c4544-0042-3510-8052-b4c04f4a3132`,
		},
		"an architecture that is none": {
			"efi: 'arch == \"x86-64\"'\n",
			`plugin.yml:1:6: efi: 1:9: arch has no name "x86-64", did you mean "x86_64"? (known: "arm32", "arm64", "bios", "ia32", "loongarch32", "loongarch64", "raspberry_pi", "riscv128", "riscv32", "riscv64", "s390", "x86_64")`,
		},
		"two that are wrong": {
			"a: relays == \nb: '3'\n",
			"plugin.yml:1:4: a: 1:9: the expression ends too early\nplugin.yml:2:4: b: 1:1: the expression gives an integer, want true or false",
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := pipelinetest.ConfigError(t, t.TempDir(), Plugin, tc.yaml)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

// made gives the handler of settings.
func made(t *testing.T, yaml string) *handler {
	t.Helper()
	node, err := strict.Parse("plugin.yml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	var c config
	if err := strict.Decode(node, &c); err != nil {
		t.Fatal(err)
	}
	h, err := newHandler(c, pipeline.Env{Match: pipeline.NewExpressions()})
	if err != nil {
		t.Fatal(err)
	}
	return h.(*handler)
}

func TestTagsAreDeclaredInTheirOrder(t *testing.T) {
	h := made(t, "zebra: relays == 1\nalpha_2: relays == 2\nZ: relays == 3\n")
	if got, want := h.Tags(), []string{"zebra", "alpha_2", "Z"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEveryWordOfTheLanguageCanBeATag(t *testing.T) {
	for _, word := range []string{"not", "in", "and", "or", "matches", "contains", "let", "nil", "true", "any", "if", "else"} {
		h := made(t, word+": relays == 1\nuse: tag."+word+"\n")
		if got := h.rules[1].when.Tags(); !slices.Equal(got, []string{word}) {
			t.Errorf("tag.%s asks for %v", word, got)
		}
	}
}

func TestTagsThatAreNotSetYetAreWarnedOf(t *testing.T) {
	for yaml, want := range map[string][]string{
		"a: relays == 1\nb: tag.a\n":                         nil,
		"a: tag.elsewhere\n":                                 nil,
		"a: tag.b\nb: relays == 1\n":                         {"a asks for tag.b, which is not set yet: write b first"},
		"a: tag.a or relays == 1\n":                          {"a asks for tag.a, which is not set yet: write a first"},
		"a: tag.c and not tag.b\nb: relays == 1\nc: tag.b\n": {"a asks for tag.b, which is not set yet: write b first", "a asks for tag.c, which is not set yet: write c first"},
	} {
		if got := made(t, yaml).Check(nil); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", yaml, got, want)
		}
	}
}

func TestTaggingAllocatesNothing(t *testing.T) {
	data, err := dhcptext.Parse("solicit 000001\n  client-id 00030001525400aabb01\n  user-class \"iPXE\"\n")
	if err != nil {
		t.Fatal(err)
	}
	x := &pipeline.Exchange{}
	s := x.Core().(*exchange.State)
	if reason := s.Msg.Decode(data); reason != wire.OK {
		t.Fatal(reason)
	}
	h := made(t, "ipxe: 'user_class == \"iPXE\"'\nanaconda: 'vendor_class startsWith \"anaconda\"'\nloader: tag.ipxe and not tag.anaconda\n")
	n := testing.AllocsPerRun(100, func() {
		s.Reset(exchange.Arrival{})
		if _, err := h.Handle(context.Background(), x); err != nil {
			t.Fatal(err)
		}
	})
	if want := []string{"ipxe", "loader"}; n != 0 || !slices.Equal(x.Tags(), want) {
		t.Errorf("%v allocations for %v, want none for %v", n, x.Tags(), want)
	}
}
