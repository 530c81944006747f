package coredhcp

import (
	"context"
	"errors"
	"fmt"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// serverID is the name of the plugin that says what the server's DUID is.
const serverID = "server_id"

// identity is CoreDHCP's plugin server_id. The server must know its DUID before the
// first message, and takes it from the plugin's answer to one that nobody sent.
type identity struct{ *adaptedHandler }

// ServerID gives the DUID that the plugin puts into replies.
func (i identity) ServerID(context.Context, lease.Store) (ident.DUID, error) {
	solicit := &dhcpv6.Message{MessageType: dhcpv6.MessageTypeSolicit}
	solicit.AddOption(dhcpv6.OptClientID(&dhcpv6.DUIDLL{HWType: iana.HWTypeEthernet, LinkLayerAddr: make([]byte, 6)}))
	reply, err := dhcpv6.NewAdvertiseFromSolicit(solicit)
	if err != nil {
		return "", fmt.Errorf("server_id: %w", err)
	}
	var id []byte
	ended := contain(func() {
		var out dhcpv6.DHCPv6
		if out, _ = i.handle(solicit, reply); out != nil {
			id = out.GetOneOption(dhcpv6.OptionServerID).ToBytes()
		}
	})
	if ended != nil || id == nil {
		return "", errors.Join(errors.New("server_id: the plugin puts no Server Identifier into a reply"), ended)
	}
	return ident.DUID(id), ident.CheckDUID(id)
}
