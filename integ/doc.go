// Package integ tests the whole stage6 binary with real DHCPv6 clients and relay
// agents, each in a network namespace of its own.
//
// A [topology] is how client and server are joined; a [profile] is a client and
// what it asks for. Every test walks over both. A driver makes one client
// program do what the tests want and tells, as a [grant], all that the client
// says it got: out of its hook script, its files, its log or the kernel,
// whichever it tells most in.
//
// A [story] is that of a machine which is installed, comes up and is installed
// again, in each [arrangement] of relay agents and ways to be known. Its clients
// are those of package simulate; an [intruder] wants what the machine has.
//
// A [crowd] is many simulated clients that keep a [ledger] of what they were
// told, for the day on which the server is killed.
//
// A [pc] is a computer with real UEFI firmware, in QEMU, which boots iPXE.
//
// What the programs are like, and what a server must do for them, stands at
// their drivers.
//
// Set STAGE6_BINARY to test a binary that exists already. Set
// STAGE6_TEST_REQUIRE=1 to let tests fail that would skip.
package integ
