// Package simulate plays machines that boot over the network: firmware, boot
// loader, installer and installed system, each a DHCPv6 client of its own, with
// the messages that the real programs send, option by option, and with their
// judgement of what comes back.
//
// A [Profile] is one such program, a [Plan] the programs of a machine in their
// order, a [Machine] what stays the same while they come and go. A [Boot] takes
// a machine through a plan and a [Crowd] many machines, over a [Carrier]: a
// socket on a link, or a relay agent's. A [Reporter] says for an installer that it
// is done.
//
// The forms of the messages are those of captures, where there are some (the
// tests compare them); the others follow the public sources of the programs.
package simulate
