package config_test

import (
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/config"
)

func TestSettingsThatAReloadCannotChange(t *testing.T) {
	const was = "leases: memory\nserver6:\n  queue: 5\n  plugins: [{server_id: auto}]\n"
	for name, tc := range map[string]struct{ is, want string }{
		"nothing changes":     {was, ""},
		"what can be changed": {strings.Replace(was, "auto", "LL 52:54:00:aa:bb:01", 1) + "log: {level: debug}\n", ""},
		"sinks":               {was + "events: {file: /var/log/stage6/events.jsonl}\n", ""},
		"what is watched":     {was + "  linkwatch: {wait: 10m}\n  known_servers: ['00:03:00:01:52:54:00:aa:bb:01']\n", ""},
		"another store":       {strings.Replace(was, "memory", "/var/lib/x", 1), "config.yml:1:9: leases: leases cannot change"},
		"another history":     {was + "  history: 0\n", "config.yml:5:12: history: server6.history cannot change"},
		"another queue":       {strings.Replace(was, "queue: 5", "queue: 6", 1), "config.yml:3:10: queue: server6.queue cannot change"},
		"a setting that goes": {strings.Replace(was, "  queue: 5\n", "", 1), "config.yml:3:3: server6: server6.queue cannot change"},
		"two of them":         {"user: nobody\n" + strings.Replace(was, "leases: memory\n", "", 1), "config.yml:1:1: leases cannot change while the server runs: restart it to have this, or take the change back\nconfig.yml:1:7: user: user cannot change"},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := parse(t, was), parse(t, tc.is)
			err := before.Fixed(&after)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tc.want)) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

func parse(t *testing.T, yaml string) config.File {
	t.Helper()
	f, err := config.Parse("config.yml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return f
}
