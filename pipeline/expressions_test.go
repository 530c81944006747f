package pipeline_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
	"github.com/stage6/stage6/stage"
)

// loader is a message that has something to say of every fact, through an
// LDRA and a relay agent.
const loader = `relay-forward hops=1 link=2001:db8:20::1 peer=fe80::5054:ff:feaa:bb01
  interface-id 67653030
  remote-id 00007ed9726f6f6d
  link-layer 0001525400aabb01
  relay-message
    relay-forward hops=0 link=:: peer=fe80::5054:ff:feaa:bb01
      subscriber-id 616c696365
      relay-message
        solicit 000001
          client-id 000400112233445566778899aabbccddeeff
          elapsed 300
          rapid-commit
          ia-na 1 t1=0 t2=0
          oro 23 59 128
          user-class "iPXE" "second"
          vendor-class 343 "PXEClient:Arch:00007:UNDI:003016" "more"
          arch 7
          fqdn 1 Web01.Example.org.
          option 17 00007ed9
`

// bare is a message that says nothing.
const bare = "information-request 000002\n"

// known is an exchange of a known host, with everything that the server adds.
func known(t testing.TB) *pipeline.Exchange {
	t.Helper()
	x := received(t, loader, "[2001:db8:ffff::1]:547")
	s := x.Core().(*exchange.State)
	s.MAC = ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1}
	s.Link = &link.Link{Name: "rack2"}
	s.Host = host.Match{Host: &host.Host{Name: "web01", Hostname: "web01.example.org", State: host.Deploy}, Interface: &host.Interface{Name: "lan"}}
	s.Vouched, s.Trusted = true, 1
	x.AddEvidence(ident.Evidence{Kind: ident.EvidenceUUID, Source: "uuid"})
	x.AddEvidence(ident.Evidence{Kind: ident.EvidenceMAC, MAC: s.MAC, Source: "relay", Trusted: true})
	x.AddEvidence(ident.Evidence{Kind: ident.EvidenceMAC, MAC: s.MAC, Source: "eui64"})
	s.Stage = stage.Loader
	x.Tag("ipxe")
	return x
}

// received is an exchange of a message, of which nothing is known.
func received(t testing.TB, text, from string) *pipeline.Exchange {
	t.Helper()
	data, err := dhcptext.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	x := &pipeline.Exchange{}
	s := x.Core().(*exchange.State)
	s.Reset(exchange.Arrival{Peer: netip.MustParseAddrPort(from), Time: time.Unix(0, 0)})
	if reason := s.Msg.Decode(data); reason != wire.OK {
		t.Fatal(reason)
	}
	return x
}

// factCase is a comparison of a fact that the known exchange matches.
type factCase struct {
	fact, src string
	bare      bool // whether the bare one matches, too
}

func factCases() []factCase {
	return []factCase{
		{"arch", `arch == "x86_64"`, false},
		{"arch", `arch == 7 and arch != 9`, false},
		{"arch", `arch in ["arm64", "x86_64"]`, false},
		{"arch", `arch != "arm64"`, true},
		{"duid", `duid == "00:04:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff"`, false},
		{"duid", `duid startsWith "0004"`, false},
		{"duid", `duid != ""`, false},
		{"duid_type", `duid_type == 4`, false},
		{"duid_type", `duid_type in [0, 4]`, true},
		{"duid_enterprise", `duid_enterprise == 0`, true},
		{"duid_hwtype", `duid_hwtype == 0`, true},
		{"duid_identifier", `duid_identifier == ""`, true},
		{"duid_mac", `duid_mac == ""`, true},
		{"duid_time", `duid_time == 0`, true},
		{"elapsed", `elapsed == 3`, false},
		{"elapsed", `elapsed < 5`, true},
		{"fqdn", `fqdn == "web01.example.org"`, false},
		{"fqdn", `fqdn endsWith ".example.org"`, false},
		{"fqdn", `fqdn != "web01"`, true},
		{"host", `host == "web01"`, false},
		{"host", `host != "web02"`, true},
		{"host", `host startsWith "web"`, false},
		{"host_interface", `host_interface == "lan"`, false},
		{"host_trusted", `host_trusted`, false},
		{"hostname", `hostname == "web01.example.org"`, false},
		{"iaid", `iaid == 1`, false},
		{"iaid", `iaid != 2`, true},
		{"interface_id", `interface_id == "ge00"`, false},
		{"interface_id", `interface_id matches "^ge[0-9]+$"`, false},
		{"link", `link == "rack2"`, false},
		{"link", `link != ""`, false},
		{"link_address", `link_address == "2001:db8:20::1"`, false},
		{"link_address", `link_address in "2001:db8:20::/64"`, false},
		{"mac", `mac == "52:54:00:AA:BB:01"`, false},
		{"mac", `mac startsWith "52-54-00"`, false},
		{"mac", `mac in ["525400aabb01", "525400aabb02"]`, false},
		{"mac", `mac != "52:54:00:aa:bb:02"`, true},
		{"mac_source", `mac_source == "relay"`, false},
		{"mac_source", `mac_source in ["relay", ""]`, true},
		{"mac_trusted", `mac_trusted`, false},
		{"option[CODE].data", `option[17].data == "00007ed9"`, false},
		{"option[CODE].data", `option[17].data startsWith "00:00:7e"`, false},
		{"option[CODE].length", `option[17].length == 4`, false},
		{"option[CODE].present", `option[17].present and option[14].present`, false},
		{"option[CODE].present", `not option[9].present`, true},
		{"option[CODE].text", `option[15].text contains "iPXE"`, false},
		{"option[CODE].text", `option[77].text == ""`, true},
		{"peer", `peer == "fe80::5054:ff:feaa:bb01"`, false},
		{"peer", `peer in "fe80::/10"`, true},
		{"rapid_commit", `rapid_commit`, false},
		{"relay[N].hops", `relay[1].hops == 1`, false},
		{"relay[N].hops", `relay[-1].hops == 1 and relay[0].hops == 0`, false},
		{"relay[N].interface_id", `relay[1].interface_id == "ge00" and relay[0].interface_id == ""`, false},
		{"relay[N].interface_id", `relay.interface_id startsWith "ge"`, false},
		{"relay[N].interface_id", `relay.interface_id != "ge01"`, true},
		{"relay[N].link_address", `relay[0].link_address == "::"`, false},
		{"relay[N].link_address", `relay[1].link_address in "2001:db8:20::/64"`, false},
		{"relay[N].link_address", `relay[2].link_address == ""`, true},
		{"relay[N].link_address", `relay.link_address in "2001:db8:20::/64"`, false},
		{"relay[N].mac", `relay[1].mac == "52:54:00:aa:bb:01" and relay[0].mac == ""`, false},
		{"relay[N].peer_address", `relay[-1].peer_address == "fe80::5054:ff:feaa:bb01"`, false},
		{"relay[N].remote_enterprise", `relay[1].remote_enterprise == 32473`, false},
		{"relay[N].remote_id", `relay[1].remote_id == "room"`, false},
		{"relay[N].subscriber_id", `relay[0].subscriber_id == "alice"`, false},
		{"relay[N].trusted", `relay[1].trusted and not relay[0].trusted`, false},
		{"relay[N].trusted", `relay.trusted`, false},
		{"relay[N].trusted", `not relay[8].trusted and not relay[-9].trusted`, true},
		{"relay_address", `relay_address == "2001:db8:ffff::1"`, false},
		{"relay_address", `relay_address not in "fe80::/10"`, true},
		{"relays", `relays == 2`, false},
		{"relays", `relays <= 2`, true},
		{"remote_id", `remote_id == "room"`, false},
		{"requested", `requested == 128`, false},
		{"requested", `requested in [59, 60]`, false},
		{"requested", `requested != 24`, true},
		{"stage", `stage == "loader"`, false},
		{"stage", `stage in ["loader", "unknown"]`, true},
		{"state", `state == "deploy"`, false},
		{"state", `state in ["deploy", ""]`, true},
		{"subscriber_id", `subscriber_id == "alice"`, false},
		{"subscriber_id", `subscriber_id contains "lic"`, false},
		{"tag", `tag.ipxe`, false},
		{"tag", `not tag.anaconda`, true},
		{"tag", `"ipxe" in tag`, false},
		{"type", `type == "solicit"`, false},
		{"type", `type in ["solicit", "information-request"]`, true},
		{"user_class", `user_class == "iPXE"`, false},
		{"user_class", `user_class == "second"`, false},
		{"user_class", `user_class != "third"`, true},
		{"user_class", `user_class endsWith "cond"`, false},
		{"user_class", `len(user_class) == 2`, false},
		{"uuid", `uuid == "00112233-4455-6677-8899-aabbccddeeff"`, false},
		{"uuid", `uuid == "33221100-5544-7766-8899-AABBCCDDEEFF"`, false},
		{"uuid", `uuid in ["33221100-5544-7766-8899-aabbccddeefe", "33221100554477668899aabbccddeeff"]`, false},
		{"uuid", `uuid != "00112233-4455-6677-8899-aabbccddeefe"`, true},
		{"vendor_class", `vendor_class startsWith "PXEClient"`, false},
		{"vendor_class", `vendor_class matches "UNDI:[0-9]{6}"`, false},
		{"vendor_class", `vendor_class == "more"`, false},
		{"vendor_enterprise", `vendor_enterprise == 343`, false},
		{"wants_address", `wants_address`, false},
		{"wants_prefix", `not wants_prefix`, true},
	}
}

func TestEveryFactIsRead(t *testing.T) {
	expressions := pipeline.NewExpressions()
	x, nobody := known(t), received(t, bare, "[fe80::1%prov0]:546")
	for _, tt := range factCases() {
		e, err := expressions.Compile(tt.src)
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		if got, err := e.Match(x); err != nil || !got {
			t.Errorf("%s: got %v, %v for the loader", tt.src, got, err)
		}
		if got, err := e.Match(nobody); err != nil || got != tt.bare {
			t.Errorf("%s: got %v, %v for the bare message", tt.src, got, err)
		}
	}
	for _, f := range expressions.Facts() {
		if !slices.ContainsFunc(factCases(), func(c factCase) bool { return c.fact == f.Name }) {
			t.Errorf("no case is about the fact %s", f.Name)
		}
	}
}

func TestComparisonsOfFactsAllocateNothing(t *testing.T) {
	expressions, x := pipeline.NewExpressions(), known(t)
	for _, tt := range factCases() {
		e, err := expressions.Compile(tt.src)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { _, _ = e.Match(x) }); n != 0 {
			t.Errorf("%s: %v allocations", tt.src, n)
		}
	}
}

// duidCases are DUIDs and what is true of them.
func duidCases() map[string]string {
	return map[string]string{
		"00010001 00000e10 525400aabb01":        `duid_type == 1 and duid_hwtype == 1 and duid_time == 3600 and duid_mac == "52:54:00:aa:bb:01"`,
		"00010001 ffffffff 525400aabb01":        `duid_time == 4294967295`,
		"00010020 00000001 0001020304050607":    `duid_hwtype == 32 and duid_mac == "0001020304050607"`,
		"00010001 00000e10":                     `duid_time == 3600 and duid_mac == ""`,
		"00010001 00000e":                       `duid_hwtype == 1 and duid_time == 0 and duid_mac == ""`,
		"00010001":                              `duid_hwtype == 1 and duid_time == 0 and duid_mac == ""`,
		"000100":                                `duid_type == 1 and duid_hwtype == 0 and duid_time == 0 and duid_mac == ""`,
		"00020000ab11 0102":                     `duid_type == 2 and duid_enterprise == 43793 and duid_identifier == "0102" and duid_hwtype == 0`,
		"00020000ab11":                          `duid_enterprise == 43793 and duid_identifier == ""`,
		"00020000ab":                            `duid_enterprise == 0 and duid_identifier == ""`,
		"000200":                                `duid_enterprise == 0 and duid_identifier == ""`,
		"00030001 525400aabb01":                 `duid_type == 3 and duid_hwtype == 1 and duid_mac == "525400aabb01" and duid_time == 0`,
		"00030001":                              `duid_hwtype == 1 and duid_mac == ""`,
		"000300":                                `duid_hwtype == 0 and duid_mac == ""`,
		"0004 00112233445566778899aabbccddeeff": `uuid != "" and duid_mac == "" and duid_enterprise == 0`,
		"0004 00112233445566778899aabbccddee":   `duid_type == 4 and uuid == ""`,
		"0004 00000000000000000000000000000000": `uuid == ""`,
		"0004 ffffffffffffffffffffffffffffffff": `uuid == ""`,
		"fffe 0001020304050607":                 `duid_type == 65534 and duid_hwtype == 0 and uuid == "" and duid_identifier == ""`,
	}
}

func TestPartsOfDUIDsAreEmptyWhereTheyBreakOff(t *testing.T) {
	expressions := pipeline.NewExpressions()
	for duid, src := range duidCases() {
		x := received(t, "solicit 000001\n  client-id "+strings.ReplaceAll(duid, " ", "")+"\n", "[fe80::1]:546")
		e, err := expressions.Compile(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		if got, err := e.Match(x); err != nil || !got {
			t.Errorf("%s: %s is %v, %v", duid, src, got, err)
		}
	}
}

// deep is a message through as many relay agents as there can be, each of which
// names its level.
func deep() string {
	var out strings.Builder
	for i := range 9 {
		indent := strings.Repeat("  ", 2*i)
		fmt.Fprintf(&out, "%srelay-forward hops=%d link=2001:db8:%d::1 peer=fe80::%d\n", indent, 8-i, 8-i, 8-i)
		fmt.Fprintf(&out, "%s  interface-id 0%d\n%s  relay-message\n", indent, 8-i, indent)
	}
	return out.String() + strings.Repeat("  ", 18) + "solicit 000001\n"
}

func TestEachOfNineRelayLevelsIsReadByNumber(t *testing.T) {
	expressions := pipeline.NewExpressions()
	x := received(t, deep(), "[2001:db8:ffff::1]:547")
	for i := range 9 {
		src := fmt.Sprintf(`relay[%d].hops == %[1]d and relay[%d].hops == %[1]d and relay[%[1]d].link_address == "2001:db8:%[1]d::1"`, i, i-9)
		src += fmt.Sprintf(` and relay[%d].peer_address == "fe80::%[1]d" and relay[%[1]d].interface_id == "\x%02[1]d" and relay.hops == %[1]d`, i)
		e, err := expressions.Compile(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		if got, err := e.Match(x); err != nil || !got {
			t.Errorf("%s: got %v, %v", src, got, err)
		}
	}
}

func TestOptionsBehindManyOthersAreNotLookedFor(t *testing.T) {
	expressions := pipeline.NewExpressions()
	e, err := expressions.Compile(`option[200].present and option[200].length == 1000 and len(option[200].data) < 2000`)
	if err != nil {
		t.Fatal(err)
	}
	large := "  option 200 " + strings.Repeat("00", 1000) + "\n"
	for others, want := range map[int]bool{0: true, 63: true, 64: false, 900: false} {
		x := received(t, "solicit 000001\n"+strings.Repeat("  option 201 01\n", others)+large, "[fe80::1]:546")
		if got, err := e.Match(x); err != nil || got != want {
			t.Errorf("behind %d others: got %v, %v, want %v", others, got, err, want)
		}
	}
}

func TestMistakesInFactsAreToldWithTheirPlace(t *testing.T) {
	expressions := pipeline.NewExpressions()
	for src, want := range map[string]string{
		`relay[0].link_adress == "::"`:          `1:10: relay[0] has no "link_adress", did you mean "link_address"? (known: hops, interface_id, link_address, mac, peer_address, remote_enterprise, remote_id, subscriber_id, trusted)`,
		`relay[9].hops == 1`:                    `1:7: relay[9]: want a number from -9 to 8`,
		`relay[0] == 1`:                         `1:6: relay is a list: write such as relay[0].hops`,
		`relay[relays].hops == 1`:               `1:7: relay takes a number in brackets, such as relay[0].hops`,
		`relay[0].mac == "52:5"`:                `1:17: "52:5": want whole octets in hexadecimal, such as 52:54:00`,
		`relay[0].hops == "1"`:                  `1:18: relay[0].hops is an integer: compare it with a number without quotes`,
		`relay.link_address == "2001:db8::/32"`: `1:23: relay[0].link_address: "2001:db8::/32" is a prefix: write in`,
		`option[0].present`:                     `1:8: option[0]: want a number from 1 to 65535`,
		`option[17].date == "00"`:               `1:12: option[17] has no "date", did you mean "data"? (known: data, length, present, text)`,
		`option["ntp"].present`:                 `1:8: option takes a number in brackets, such as option[1].data`,
		`uuid == "4c4c4544"`:                    `1:9: uuid: "4c4c4544" is not a UUID, want one such as 4c4c4544-0042-3510-8052-b4c04f4a3132`,
		`uuid startsWith "4c4c4544"`:            `1:6: uuid is a UUID, for which there is no startsWith: write ==, != or in`,
		`duid_time > "2024"`:                    `1:13: duid_time is an integer: compare it with a number without quotes`,
		`mac_sorce == "relay"`:                  `1:1: unknown name "mac_sorce", did you mean "mac_source"?`,
		`mac_trusted == "yes"`:                  `1:13: mac_trusted is true or false: write mac_trusted or not mac_trusted`,
	} {
		if _, err := expressions.Compile(src); err == nil || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", src, err, want)
		}
	}
}
