package pipeline_test

import (
	"net/netip"
	"slices"
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
	s.Host = host.Match{Host: &host.Host{Name: "web01", State: host.Deploy}}
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
		{"elapsed", `elapsed == 3`, false},
		{"elapsed", `elapsed < 5`, true},
		{"host", `host == "web01"`, false},
		{"host", `host != "web02"`, true},
		{"host", `host startsWith "web"`, false},
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
		{"peer", `peer == "fe80::5054:ff:feaa:bb01"`, false},
		{"peer", `peer in "fe80::/10"`, true},
		{"rapid_commit", `rapid_commit`, false},
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
