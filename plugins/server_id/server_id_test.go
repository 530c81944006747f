package serverid

import (
	"net/netip"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{Plugin})
}

// ask gives the Server Identifier of the server's answer.
func ask(t *testing.T, s *pipelinetest.Server) string {
	t.Helper()
	data, err := dhcptext.Parse("information-request 000001\n  oro 23\n")
	if err != nil {
		t.Fatal(err)
	}
	reply := s.Serve(pipelinetest.Datagram{
		From: netip.MustParseAddrPort("[fe80::1%prov0]:546"), To: netip.MustParseAddr("ff02::1:2"), Data: data,
	})
	m, err := dhcpv6.MessageFromBytes(reply.Data)
	if err != nil {
		t.Fatalf("%v (dropped as %q)", err, reply.Drop)
	}
	return string(m.Options.ServerID().ToBytes())
}

func TestServerKeepsItsIdentifierOverARestart(t *testing.T) {
	for _, setting := range []string{"auto", "LLT 00:de:ad:be:ef:00"} {
		ifaces := []pipelinetest.Interface{{Name: "prov0"}}
		yaml := "server6:\n  plugins:\n    - server_id: " + setting + "\n"
		s := pipelinetest.New(t, t.TempDir(), yaml, ifaces, []pipeline.Plugin{Plugin})
		first := ask(t, s)
		s.Advance(1e12)
		s.Restart("")
		if again := ask(t, s); again != first {
			t.Errorf("%s: got %x, want %x", setting, again, first)
		}
	}
}
