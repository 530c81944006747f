package serverid

import (
	"testing"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline/pipelinetest"
)

func TestSettingsThatAreWrong(t *testing.T) {
	const forms = "auto, LL <MAC>, LLT <MAC>, EN <enterprise> <identifier>, UUID <UUID> or a DUID in hexadecimal"
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing": {
			"",
			`plugin.yml:1:1: got nothing, want ` + forms,
		},
		"an empty text": {
			`""`,
			`plugin.yml:1:1: nothing is written here, want ` + forms,
		},
		"a list": {
			"- LL\n- 00:de:ad:be:ef:00\n",
			`plugin.yml:1:1: got a list, want ` + forms,
		},
		"a map": {
			"LL: 00:de:ad:be:ef:00\n",
			`plugin.yml:1:1: got a map, want ` + forms,
		},
		"an unknown kind": {
			"LTL 00:de:ad:be:ef:00\n",
			`plugin.yml:1:1: "LTL" is not a kind of DUID, want ` + forms,
		},
		"more behind auto": {
			"auto LLT\n",
			`plugin.yml:1:1: "auto LLT": want auto alone`,
		},
		"a kind without a MAC": {
			"LL\n",
			`plugin.yml:1:1: "LL": want LL and a MAC, such as LL 52:54:00:aa:bb:01`,
		},
		"a MAC that is too short": {
			"LL 00:de:ad:be:ef\n",
			`plugin.yml:1:4: MAC "00:de:ad:be:ef": want six octets in hexadecimal, such as 52:54:00:aa:bb:01`,
		},
		"a group address": {
			"LLT 01:00:5e:00:00:01\n",
			`plugin.yml:1:5: MAC "01:00:5e:00:00:01": zero or a group address`,
		},
		"a time that is a date": {
			"LLT 00:de:ad:be:ef:00 2026-01-01\n",
			`plugin.yml:1:23: "2026-01-01" is not a time, want seconds since 2000-01-01 00:00 UTC, 0 to 4294967295`,
		},
		"an enterprise number without an identifier": {
			"EN 32473\n",
			`plugin.yml:1:1: "EN 32473": want EN, an enterprise number and an identifier, such as EN 32473 00:11:22:33`,
		},
		"an enterprise number that is a name": {
			"EN example 00:11\n",
			`plugin.yml:1:4: "example" is not an enterprise number, want 0 to 4294967295`,
		},
		"an identifier that is cut": {
			"EN 32473 00:11:2x\n",
			`plugin.yml:1:10: "00:11:2x": want octets in hexadecimal, such as 00:11:22:33, or a text without colons`,
		},
		"a UUID that is too short": {
			"UUID 4c4c4544-0042-3510-8052\n",
			`plugin.yml:1:6: "4c4c4544-0042-3510-8052" is not a UUID, want one such as 4c4c4544-0042-3510-8052-b4c04f4a3132`,
		},
		"a DUID that is too short": {
			"'00:03'\n",
			`plugin.yml:1:1: DUID "00:03": 2 octets, want at least 3 (a type of 2 and an identifier)`,
		},
		"a DUID in two words": {
			"00:03:00:01 02:00\n",
			`plugin.yml:1:13: a DUID in hexadecimal is one word, separated by colons`,
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

func TestIdentifierOfAnEnterpriseIsBounded(t *testing.T) {
	for n, right := range map[int]bool{1: true, 124: true, 125: false} {
		id := make([]byte, n)
		for i := range id {
			id[i] = 'x'
		}
		err := pipelinetest.ConfigError(t, t.TempDir(), Plugin, "EN 32473 "+string(id))
		if (err == nil) != right {
			t.Errorf("%d octets: %v", n, err)
		}
	}
}

func TestConfiguredDUIDs(t *testing.T) {
	for setting, want := range map[string]string{
		"LL 00:de:ad:be:ef:00":                        "00:03:00:01:00:de:ad:be:ef:00",
		"ll 00-DE-AD-BE-EF-00":                        "00:03:00:01:00:de:ad:be:ef:00",
		"DUID-LL 00dead00beef":                        "00:03:00:01:00:de:ad:00:be:ef",
		"duid_ll 00:de:ad:be:ef:00":                   "00:03:00:01:00:de:ad:be:ef:00",
		"LLT 00:de:ad:be:ef:00 820540800":             "00:01:00:01:30:e8:75:80:00:de:ad:be:ef:00",
		"Llt 00:de:ad:be:ef:00 0":                     "00:01:00:01:00:00:00:00:00:de:ad:be:ef:00",
		"EN 32473 00:11:22":                           "00:02:00:00:7e:d9:00:11:22",
		"en 32473 001122":                             "00:02:00:00:7e:d9:00:11:22",
		"EN 32473 host-1":                             "00:02:00:00:7e:d9:68:6f:73:74:2d:31",
		"UUID 4c4c4544-0042-3510-8052-b4c04f4a3132":   "00:04:4c:4c:45:44:00:42:35:10:80:52:b4:c0:4f:4a:31:32",
		"duid-uuid 4C4C454400423510-8052b4c04f4a3132": "00:04:4c:4c:45:44:00:42:35:10:80:52:b4:c0:4f:4a:31:32",
		"00:03:00:01:00:de:ad:be:ef:00":               "00:03:00:01:00:de:ad:be:ef:00",
		"  00030001  ":                                "00:03:00:01",
	} {
		node := strict.Scalar("test", "server_id", setting)
		var c config
		if err := strict.Decode(node, &c); err != nil {
			t.Errorf("%s: %v", setting, err)
			continue
		}
		h := &handler{config: c}
		if got, err := h.ServerID(t.Context(), memory.New()); err != nil || got.String() != want {
			t.Errorf("%s: got %s, %v, want %s", setting, got, err, want)
		}
	}
}

func TestTimeOfADUIDIsCountedFrom2000(t *testing.T) {
	for at, want := range map[time.Time]uint32{
		time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC):                         0,
		time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC):                         820540800,
		time.Date(2026, 1, 1, 2, 0, 0, 0, time.FixedZone("", 2*60*60)):      820540800,
		time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add((1 << 32) * 1000e6): 0,
	} {
		if got := secondsOf(at); got != want {
			t.Errorf("%v: got %d, want %d", at, got, want)
		}
	}
	if got := linkLayerTime(ident.MAC{0, 0xde, 0xad, 0xbe, 0xef, 0}, 1).String(); got != "00:01:00:01:00:00:00:01:00:de:ad:be:ef:00" {
		t.Errorf("got %s", got)
	}
}
