package config

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestLinkWatchIsOnUnlessSaidOtherwise(t *testing.T) {
	for name, tc := range map[string]struct {
		yaml string
		want string
	}{
		"nothing said":    {"", "off false wait 1m0s solicit true ignore [] probe 0s"},
		"off":             {"linkwatch: false", "off true wait 1m0s solicit true ignore [] probe 0s"},
		"on":              {"linkwatch: true", "off false wait 1m0s solicit true ignore [] probe 0s"},
		"another wait":    {"linkwatch: {wait: 10m}", "off false wait 10m0s solicit true ignore [] probe 0s"},
		"all settings":    {"linkwatch: {solicit: false, probe: 1h, ignore: [no-default-router]}", "off false wait 1m0s solicit false ignore [no-default-router] probe 1h0m0s"},
		"one to ignore":   {"linkwatch: {ignore: prefix-autonomous}", "off false wait 1m0s solicit true ignore [prefix-autonomous] probe 0s"},
		"off for a link":  {"links: [{interface: eth0, linkwatch: false}]", "off false wait 1m0s solicit true ignore [] probe 0s"},
		"a known server":  {"known_servers: 00:03:00:01:52:54:00:aa:bb:01", "off false wait 1m0s solicit true ignore [] probe 0s"},
		"several servers": {"known_servers: [00:03:00:01:52:54:00:aa:bb:01, 00:02:00:00:ab:11:01]", "off false wait 1m0s solicit true ignore [] probe 0s"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Parse("config.yml", []byte("server6:\n  plugins: [dns: 2001:db8::53]\n  "+tc.yaml+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			w := f.Server6.LinkWatch
			if got := fmt.Sprintf("off %t wait %v solicit %t ignore %v probe %v", w.Off, w.Wait, w.Solicit, w.Ignore, w.Probe); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
	if defaultLinkWatch().Wait < 10*time.Second {
		t.Error("routers have no time to answer")
	}
}

func TestLinkWatchThatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"a word":             {"linkwatch: maybe", `config.yml:3:14: linkwatch: "maybe": want true or false`},
		"an unknown key":     {"linkwatch: {waits: 10s}", `config.yml:3:15: linkwatch: unknown key "waits", did you mean "wait"? (known: wait, solicit, ignore, probe)`},
		"an unknown problem": {"linkwatch: {ignore: no-routers}", `config.yml:3:23: ignore: unknown problem "no-routers", did you mean "no-router"?`},
		"no time at all":     {"linkwatch: {wait: 0s}", `config.yml:3:21: wait: "0s" is too short, want at least 5s`},
		"no DUID":            {"known_servers: [web01]", `config.yml:3:19: known_servers: `},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("config.yml", []byte("server6:\n  plugins: [dns: 2001:db8::53]\n  "+tc.yaml+"\n"))
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}
