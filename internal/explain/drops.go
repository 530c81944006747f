package explain

import (
	"fmt"
	"strings"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/ident"
)

// dropped says for people what a reason for which there was no reply means, and what
// to do about it.
type dropped struct{ text, do string }

// wrongServer is the reason to drop what is for another server.
const wrongServer = "wrong-server-id"

// drops are the reasons of the server's own; plugins have others.
var drops = map[string]dropped{
	wrongServer:                   {"the client talks to another server", "normal where there are several servers; if there is only this one it lost its DUID: see server_id"},
	"confirm-unjudged":            {"the server cannot tell whether the client's addresses are on its link", "give the link its prefixes under server6.links"},
	"renew-unjudged":              {"the client has leases that this server does not know, on a link that it cannot judge", "give the link its prefixes under server6.links; the client goes on to ask anybody"},
	"rebind-unjudged":             {"the client has leases that this server does not know, on a link that it cannot judge", "give the link its prefixes under server6.links; the client goes on to ask anybody"},
	"ignored":                     {"the plugin ignore drops such clients", "see the conditions of ignore if it should not"},
	"plugin":                      {"a plugin dropped it and gave no reason", "see what that plugin does"},
	"plugin-error":                {"a plugin failed, or its condition could not be worked out", "the log has the error"},
	"plugin-panic":                {"a plugin has a bug, for which this one message paid", "the log has the stack: report it"},
	"plugin-slow":                 {"a plugin that may block took longer than it says", "look at what the plugin waits for"},
	"plugin-busy":                 {"a plugin that may block works on as many messages as it may", "look at what the plugin waits for"},
	"plugin-stuck":                {"a plugin blocked without saying that it may, or the machine had too much to do", "the log names the plugin"},
	"coredhcp-no-reply":           {"a plugin of CoreDHCP's gave no reply", "that is how this plugin says no"},
	"claim-lost":                  {"two clients claimed one lease in the same moment, and this was the slower one", "nothing: the client asks again"},
	"store-queue-full":            {"more replies wait for the disk than server6.queue allows", "look at the disk: is it slow, or are too many machines booting at once?"},
	"reply-too-late":              {"the disk took longer than the client waits, so that no reply was sent; the lease is its", "look at the disk of the leases; the client asks again and gets the same"},
	"store-failed":                {"the lease could not be made durable", "look at the disk of the leases: is it full? The log says when it works again"},
	"already-waiting":             {"the client repeated a message that still waits until it is known who the client is", "nothing: the answer to the first one comes"},
	"already-answering":           {"the same message came again while its answer was being made", "nothing: the answer to the first one comes"},
	"client-flood":                {"the client sends more messages in a second than server6.limits.client allows", "find out what is wrong with the client"},
	"source-flood":                {"more came than can be served, most of it from the sender of this message", "find out what is wrong with the sender"},
	"link-flood":                  {"more came than can be served, most of it from the link of this message", "find out who floods it: stage6 watch --kind flood"},
	"neighbor-flood":              {"more strangers asked on the link at once than server6.limits.neighbors allows", "list the machine as a host, or raise the limit together with net.ipv6.neigh.default.gc_thresh3"},
	"socket-closed":               {"the server ended, or the interface went away, while the message waited", "nothing: the client asks again"},
	"reply-too-long":              {"the reply fits no datagram", "send fewer or shorter options"},
	"oversize":                    {"the datagram is longer than any that is served", "find the sender: that is no DHCPv6 client"},
	"unicast-solicit":             {"a client sent to a unicast address what must go to ff02::1:2", "correct the client, or it is a relay agent that forwards without wrapping"},
	"unicast-confirm":             {"a client sent to a unicast address what must go to ff02::1:2", "correct the client, or it is a relay agent that forwards without wrapping"},
	"unicast-rebind":              {"a client sent to a unicast address what must go to ff02::1:2", "correct the client, or it is a relay agent that forwards without wrapping"},
	"unicast-information-request": {"a client sent to a unicast address what must go to ff02::1:2", "correct the client, or it is a relay agent that forwards without wrapping"},
	"unicast-request":             {"a client sent to a unicast address what RFC 9915 has it send to ff02::1:2", "set server6.unicast: accept for such clients"},
	"unicast-renew":               {"a client sent to a unicast address what RFC 9915 has it send to ff02::1:2", "set server6.unicast: accept for such clients"},
	"unicast-release":             {"a client sent to a unicast address what RFC 9915 has it send to ff02::1:2", "set server6.unicast: accept for such clients"},
	"unicast-decline":             {"a client sent to a unicast address what RFC 9915 has it send to ff02::1:2", "set server6.unicast: accept for such clients"},
	"unanswerable-source":         {"its source is no address or port that one can answer", "find the sender: that is no DHCPv6 client"},
	"missing-client-id":           {"it has no Client Identifier, which it must have", "the client is wrong"},
	"missing-server-id":           {"it has no Server Identifier, which it must have", "the client is wrong"},
	"unexpected-server-id":        {"it has a Server Identifier, which it must not have", "the client is wrong"},
	"information-request-with-ia": {"an Information-request asks for addresses, which it must not", "the client is wrong"},
	"duplicate-client-id":         {"the Client Identifier stands twice", "the client is wrong"},
	"duplicate-server-id":         {"the Server Identifier stands twice", "the client is wrong"},
	"client-id-length":            {"its DUID is shorter or longer than DUIDs may be", "the client is wrong"},
	"truncated":                   {"it is shorter than the header of a message, or one of its parts is cut off", "a broken client, or no DHCPv6 at all: find the sender"},
	"relay-truncated":             {"what a relay agent sent is cut off", "look at the relay agent, and at the MTU on the way"},
	"no-relay-message":            {"a relay agent forwarded nothing", "look at the relay agent"},
	"relay-depth":                 {"more relay agents stand in a row than are served", "look for a loop of relay agents"},
	"advertise-in":                {"an Advertise, which only servers send", "another server's: a relay agent or a mirrored port sends it here"},
	"reply-in":                    {"a Reply, which only servers send", "another server's: a relay agent or a mirrored port sends it here"},
	"reconfigure-in":              {"a Reconfigure, which only servers send", "another server's: a relay agent or a mirrored port sends it here"},
	"relay-reply-in":              {"a Relay-reply, which only servers send", "another server's: a relay agent or a mirrored port sends it here"},
	"unknown-type":                {"a type of message that this server does not serve", "nothing: such as leasequery"},
	"too-many-options":            {"it has more options than any client sends", "find the sender: that is no DHCPv6 client"},
	"too-many-ias":                {"it has more identity associations than any client sends", "find the sender: that is no DHCPv6 client"},
}

// drop gives the reason for which there was no reply: that of the server, or of the
// disk that the reply waited for.
func (t *telling) drop() string {
	switch d := &t.x.Disk; {
	case d.Failed:
		return "store-failed"
	case d.Full:
		return "store-queue-full"
	case d.Late():
		return "reply-too-late"
	}
	return t.x.Drop
}

// dropText says what a reason means.
func dropText(reason string) string {
	if d, ok := drops[reason]; ok {
		return d.text
	}
	return strings.ReplaceAll(reason, "-", " ")
}

// droppedBy names the plugin that dropped the exchange, if one did.
func (t *telling) droppedBy() string {
	switch reason := t.x.Drop; {
	case strings.HasPrefix(reason, "plugin"), drops[reason] == (dropped{}) && reason != "":
		return t.x.Plugin
	case reason == "ignored", reason == "coredhcp-no-reply":
		return t.x.Plugin
	}
	return ""
}

// dropHint says what to do about a drop.
func (t *telling) dropHint(add func(api.Hint)) {
	if t.out.Drop == "" {
		return
	}
	h := api.Hint{Cause: t.out.Drop, Text: fmt.Sprintf("no reply (%s): %s", t.out.Drop, t.out.DropText), Do: drops[t.out.Drop].do}
	if by := t.out.DroppedBy; by != "" {
		h.Text = fmt.Sprintf("no reply (%s, by %s): %s", t.out.Drop, by, t.out.DropText)
	}
	if t.x.Fault != "" {
		h.Text += ": " + t.x.Fault
	}
	if t.out.Drop == wrongServer {
		h.Text += ", " + ident.DUID(t.m.ServerID).String()
		if t.out.Dry {
			h.Do = "a captured message is for the server that it went to then: try the Solicit before it, or describe the message in words without server="
		}
	}
	add(h)
}
