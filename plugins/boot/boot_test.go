package boot

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/deploy"
	"github.com/stage6/stage6/plugins/dns"
	"github.com/stage6/stage6/plugins/hosts"
	"github.com/stage6/stage6/plugins/identify"
	"github.com/stage6/stage6/plugins/pool"
	"github.com/stage6/stage6/plugins/stage"
	"github.com/stage6/stage6/plugins/tag"
)

func plugins() []pipeline.Plugin {
	return []pipeline.Plugin{Plugin, deploy.Plugin, dns.Plugin, hosts.Plugin, identify.Plugin, pool.Plugin, stage.Plugin, tag.Plugin}
}

func TestExchanges(t *testing.T) { pipelinetest.Run(t, "testdata/*.txtar", plugins()) }

func TestReadme(t *testing.T) { pipelinetest.Examples(t, "README.md", plugins()) }

// TestTheTablesInTheReadme reads the blocks that are files of their own.
func TestTheTablesInTheReadme(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	tables := regexp.MustCompile("(?ms)^```yml\n(.*?)^```$").FindAllSubmatch(page, -1)
	if len(tables) == 0 {
		t.Fatal("there is none")
	}
	for _, table := range tables {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "boot.yml"), table[1], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := pipelinetest.ConfigError(t, folder, Plugin, "boot.yml"); err != nil {
			t.Error(err)
		}
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	const known = "${mac}, ${mac:hyphen}, ${mac:plain}, ${uuid}, ${arch}, ${host}, ${stage}, ${address}, ${link}, ${token}, ${tag:NAME}"
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing":             {"", `plugin.yml:1:1: want a file such as boot.yml, or a list of entries`},
		"an empty list":       {"[]\n", `plugin.yml:1:1: want a file such as boot.yml, or a list of entries`},
		"an empty table":      {"table: []\n", `plugin.yml:1:8: table: want a file such as boot.yml, or a list of entries`},
		"no table":            {"preference: 255\n", `plugin.yml:1:1: key "table" is missing`},
		"no such file":        {"boot.yml\n", `plugin.yml:1:1: file "FOLDER/boot.yml" does not exist; names are relative to the configuration file`},
		"too much preference": {"table: [{local: true}]\npreference: 256\n", `plugin.yml:2:13: preference: 256: want 0 to 255`},
		"neither URL nor disk": {
			"- stage: loader\n", `plugin.yml:1:3: want url, or local: true for machines that boot from the disk`,
		},
		"URL and disk": {
			"- url: http://a/\n  local: true\n", `plugin.yml:1:8: url: there is no URL where machines boot from the disk (local: true)`,
		},
		"a script beside a URL": {
			"- url: http://a/\n  script: http://a/\n", `plugin.yml:2:11: script: script is for local: true; other entries have url`,
		},
		"parameters without a URL": {
			"- local: true\n  params: a\n", `plugin.yml:2:11: params: there are no parameters without url`,
		},
		"an empty parameter": {
			"- url: http://a/\n  params: ['']\n", `plugin.yml:2:12: params: the parameter is empty`,
		},
		"an unknown key": {
			"- ulr: http://a/\n", `plugin.yml:1:3: unknown key "ulr", did you mean "url"? (known: when, stage, method, arch, url, params, local, script, preference)`,
		},
		"an unknown stage": {
			"- {stage: firm, local: true}\n", `plugin.yml:1:11: stage: stage "firm": want firmware, loader, installer or final`,
		},
		"the stage unknown": {
			"- {stage: unknown, local: true}\n", `plugin.yml:1:11: stage: stage "unknown": want firmware, loader, installer or final`,
		},
		"an unknown method": {
			"- {method: none, local: true}\n", `plugin.yml:1:12: method: method "none": want pxe, http, ipxe or ztp`,
		},
		"an unknown architecture": {
			"- {arch: amd64, local: true}\n",
			`plugin.yml:1:10: arch: architecture "amd64": want a number of option 61, or bios, ia32, x86_64, arm32, arm64, riscv32, riscv64, riscv128, s390, loongarch32, loongarch64, raspberry_pi`,
		},
		"an architecture beyond 16 bits": {
			"- {arch: [7, 65536], local: true}\n",
			`plugin.yml:1:14: arch: architecture "65536": want a number of option 61, or bios, ia32, x86_64, arm32, arm64, riscv32, riscv64, riscv128, s390, loongarch32, loongarch64, raspberry_pi`,
		},
		"a wrong expression": {
			"- when: 'stge == \"loader\"'\n  local: true\n", `plugin.yml:1:9: when: 1:1: unknown name "stge", did you mean "stage"?`,
		},
		"an unknown variable": {
			"- url: http://a/${tokens}\n",
			`plugin.yml:1:8: url: "http://a/${tokens}": unknown variable ${tokens} (known: ` + known + `); write $${tokens} for what the loader expands`,
		},
		"what iPXE expands": {
			"- url: http://a/${net0/mac}\n",
			`plugin.yml:1:8: url: "http://a/${net0/mac}": unknown variable ${net0/mac} (known: ` + known + `); write $${net0/mac} for what the loader expands`,
		},
		"a variable without end": {
			"- url: http://a/${mac\n", `plugin.yml:1:8: url: "http://a/${mac": "${" without "}"; write $${ for the characters themselves`,
		},
		"a tag that is none": {
			"- url: 'http://a/${tag:a b}'\n", `plugin.yml:1:8: url: "http://a/${tag:a b}": ${tag:a b}: a tag is letters, digits and underscores, as in ${tag:rhel}`,
		},
		"a variable scheme": {
			"- url: ${tag:tftp}://a/\n", `plugin.yml:1:8: url: "${tag:tftp}://a/": ${tag:tftp} stands in the scheme, which must be written`,
		},
		"no scheme": {
			"- url: boot.efi\n", `plugin.yml:1:8: url: "boot.efi" has no scheme, want a URL such as http://[2001:db8::1]/boot`,
		},
		"an address without brackets": {
			"- url: http://2001:db8::1/${mac}\n",
			`plugin.yml:1:8: url: "http://2001:db8::1/${mac}" does not make a URL: "http://2001:db8::1/52:54:00:aa:bb:01": an IPv6 address stands in brackets, write http://[2001:db8::1]/52:54:00:aa:bb:01`,
		},
		"an address that is a part of a host": {
			"- url: http://boot${address}/\n",
			`plugin.yml:1:8: url: "http://boot${address}/" does not make a URL: "http://boot[2001:db8::1]/" is not a URL: invalid IP-literal`,
		},
		"text behind an address": {
			"- url: http://${address}x/\n",
			`plugin.yml:1:8: url: "http://${address}x/" does not make a URL: "http://[2001:db8::1]x/" is not a URL: invalid port "x" after host`,
		},
		"a MAC with colons as host": {
			"- url: http://${mac}/\n",
			`plugin.yml:1:8: url: "http://${mac}/" does not make a URL: "http://52%3A54%3A00%3Aaa%3Abb%3A01/" is not a URL: invalid URL escape "%3A"`,
		},
		"a port that is none": {
			"- url: http://[2001:db8::1]:${tag:a}/\n",
			`plugin.yml:1:8: url: "http://[2001:db8::1]:${tag:a}/" does not make a URL: "http://[2001:db8::1]:rhel/" is not a URL: invalid port ":rhel" after host`,
		},
		"two that are wrong": {
			"- url: a\n- when: relay == 1\n  local: true\n",
			"plugin.yml:1:8: url: \"a\" has no scheme, want a URL such as http://[2001:db8::1]/boot\nplugin.yml:2:9: when: 1:1: relay is a list: write such as relay[0].hops",
		},
		"a script for nobody": {
			"table: [{url: 'http://a/'}]\nscript: http://a/\n", `plugin.yml:2:9: script: script is for entries with local: true, and there is none`,
		},
		"a wrong script for all": {
			"table: [{local: true}]\nscript: exit\n", `plugin.yml:2:9: script: "exit" has no scheme, want a URL such as http://[2001:db8::1]/boot`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			got := fmt.Sprint(pipelinetest.ConfigError(t, folder, Plugin, tc.yaml))
			if got = strings.ReplaceAll(got, folder, "FOLDER"); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestATableOfItsOwnFile(t *testing.T) {
	for name, tc := range map[string]struct{ file, want string }{
		"a table":        {"- {arch: x86_64, url: 'http://[2001:db8::1]/a'}\n", "<nil>"},
		"an empty one":   {"", "FOLDER/boot.yml:1:1: want a list of entries"},
		"a map":          {"table: a\n", "FOLDER/boot.yml:1:1: want a list of entries"},
		"a wrong entry":  {"- local: true\n- local: maybe\n", `FOLDER/boot.yml:2:10: local: "maybe": want true or false`},
		"no YAML at all": {"- {\n", "FOLDER/boot.yml:1:3: "},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "boot.yml"), []byte(tc.file), 0o600); err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(pipelinetest.ConfigError(t, folder, Plugin, "table: boot.yml\npreference: 255\n"))
			if got = strings.ReplaceAll(got, folder, "FOLDER"); !strings.HasPrefix(got, tc.want) {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	const name = "the server's name boot.example.net: clients need a DNS server to find it, of which the plugin dns tells them"
	for title, tc := range map[string]struct {
		table string
		want  []string // after the place and the plugin
	}{
		"a good table": {`
- {stage: loader, url: 'http://[2001:db8::1]/ipxe?mac=${mac}'}
- {method: http, arch: x86_64, url: 'http://[2001:db8::1]/shim.efi'}
- {method: pxe, arch: x86_64, url: 'tftp://[2001:db8::1]/snponly.efi'}
`, nil},
		"a condition tells the loader": {`
- {when: 'stage == "loader"', url: 'http://[2001:db8::1]/a'}
`, nil},
		"PXE firmware and HTTP": {`
- {method: pxe, url: 'http://[2001:db8::1]/a'}
`, []string{`2:3: PXE firmware does not load http://, only tftp://`}},
		"PXE firmware and a name, a port and credentials": {`
- {method: pxe, url: 'tftp://me:secret@boot.example.net:6969/a'}
`, []string{
			`2:3: PXE firmware does not look up the name boot.example.net: write the address, as in tftp://[2001:db8::1]/file`,
			`2:3: PXE firmware does not read the port in a tftp URL`,
			`2:3: PXE firmware does not read credentials in a tftp URL`,
		}},
		"a tftp URL without a file": {`
- {method: pxe, url: 'tftp://[2001:db8::1]'}
`, []string{`2:3: the URL names no file`}},
		"PXE firmware is left over for an entry without a method": {`
- {method: ipxe, url: 'http://[2001:db8::1]/a'}
- {url: 'http://[2001:db8::1]/a'}
`, []string{`3:3: PXE firmware does not load http://, only tftp://`}},
		"PXE firmware is not left over": {`
- {method: pxe, url: 'tftp://[2001:db8::1]/a'}
- {url: 'http://[2001:db8::1]/a'}
`, nil},
		"PXE firmware of another architecture is not left over": {`
- {method: pxe, arch: x86_64, url: 'tftp://[2001:db8::1]/a'}
- {method: [pxe, http], arch: [7, 16], url: 'http://[2001:db8::1]/a'}
`, nil},
		"HTTP firmware and tftp": {`
- {method: http, url: 'tftp://[2001:db8::1]/a'}
`, []string{`2:3: the HTTP client of firmware does not load tftp://, only http://`}},
		"https": {`
- {method: [http, ipxe], url: 'https://[2001:db8::1]/a'}
`, []string{
			`2:3: firmware loads https:// only with the certificate of its authority enrolled`,
			`2:3: iPXE loads https:// only if it was built with it and trusts the certificate`,
		}},
		"a name": {`
- {method: http, url: 'http://boot.example.net/a'}
`, []string{"2:3: " + name}},
		"a name, and the plugin dns": {`
- {method: http, url: 'http://boot.example.net/a'}
    - dns: '2001:db8::53'
`, nil},
		"a script with a name": {`
- {method: ipxe, local: true, script: 'http://boot.example.net/a'}
`, []string{"2:3: " + name}},
		"a name made of a host's": {`
- {method: ztp, url: 'http://${host}.example.net/a'}
`, []string{"2:3: the server's name web01.example.net: clients need a DNS server to find it, of which the plugin dns tells them"}},
		"an address that is a variable": {`
- {method: ztp, url: 'http://${address}/a'}
`, nil},
		"parameters for PXE firmware": {`
- {method: pxe, url: 'tftp://[2001:db8::1]/a', params: quiet}
`, []string{`2:3: params are not sent: PXE firmware drops an offer with them`}},
		"iPXE that loads itself": {`
- {method: http, url: 'http://[2001:db8::1]/ipxe.efi'}
- {arch: x86_64, method: [pxe, ipxe], url: 'tftp://[2001:db8::1]/snponly.efi'}
`, []string{`3:3: iPXE comes here, too, and would load itself for ever: say method, or put an entry for method: ipxe first`}},
		"an entry behind one that takes all": {`
- {method: [pxe, http], local: true}
- {method: pxe, arch: arm64, url: 'tftp://[2001:db8::1]/a'}
`, []string{`3:3: no client comes to this entry: the one at config.yml:5:11 takes all of them`}},
		"an entry behind one with a condition": {`
- {when: 'relays == 0', local: true}
- {method: pxe, arch: arm64, url: 'tftp://[2001:db8::1]/a'}
`, nil},
	} {
		t.Run(title, func(t *testing.T) {
			yaml := "leases: memory\nserver6:\n  plugins:\n    - boot:\n" + indent(tc.table)
			var got []string
			for _, w := range pipelinetest.Warnings(t, yaml, nil, plugins()) {
				if _, w, ok := strings.Cut(w, "boot: config.yml:"); ok {
					got = append(got, shifted(w))
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("warnings (-want +got)\n%s", diff)
			}
		})
	}
}

// indent puts a table, which begins with an empty line, under a plugin.
func indent(table string) string {
	return strings.ReplaceAll(strings.TrimSuffix(table, "\n")[1:], "- {", "        - {") + "\n"
}

// shifted gives the place in a warning as it is in the table.
func shifted(warning string) string {
	var line, column int
	_, rest, _ := strings.Cut(warning, ": ")
	if _, err := fmt.Sscanf(warning, "%d:%d:", &line, &column); err != nil {
		return warning
	}
	return fmt.Sprintf("%d:%d: %s", line-3, column-8, rest)
}

func TestATagThatNobodySetsIsWarnedOf(t *testing.T) {
	const yaml = "leases: memory\nserver6:\n  plugins:\n    - boot:\n        - {method: ipxe, url: 'http://[2001:db8::1]/${tag:rhel}'}\n"
	want := []string{`config.yml:4:7: unknown tag "rhel" (known: ): nobody sets it`}
	if diff := cmp.Diff(want, pipelinetest.Warnings(t, yaml, nil, plugins())); diff != "" {
		t.Errorf("warnings (-want +got)\n%s", diff)
	}
}
