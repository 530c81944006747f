package frame

import (
	"slices"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// vlanMask is the identifier in an 802.1Q tag; zero there is a tag for the
// sake of its priority, and the frame is the interface's own.
const vlanMask = 0xfff

// The link-local prefix fe80::/10, as the first 16 bits of an address.
const (
	linkLocal     = 0xfe80
	linkLocalMask = 0xffc0
)

// filter is the program that tells the kernel which frames to copy: incoming
// ones for this machine, with a UDP datagram from a link-local address to one
// of the ports.
func filter(ports []uint16) []bpf.Instruction {
	return slices.Concat(
		only(unix.ETH_P_IPV6, bpf.LoadExtension{Num: bpf.ExtProto}),
		forUs(),
		untagged(),
		only(linkLocal, bpf.LoadAbsolute{Off: sourceAt, Size: 2}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: linkLocalMask}),
		toOneOf(ports),
	)
}

// only goes on if what load gives is value.
func only(value uint32, load ...bpf.Instruction) []bpf.Instruction {
	return append(load, bpf.JumpIf{Cond: bpf.JumpEqual, Val: value, SkipTrue: 1}, drop())
}

// forUs goes on for PACKET_HOST, PACKET_BROADCAST and PACKET_MULTICAST, which
// are less than the types of what is for other machines or from this one.
func forUs() []bpf.Instruction {
	return []bpf.Instruction{
		bpf.LoadExtension{Num: bpf.ExtType},
		bpf.JumpIf{Cond: bpf.JumpLessOrEqual, Val: unix.PACKET_MULTICAST, SkipTrue: 1}, drop(),
	}
}

// untagged goes on for a frame of no VLAN. One of a VLAN is seen twice, first on
// the interface that the VLAN's is on, and has its tag there only.
func untagged() []bpf.Instruction {
	noVLAN := only(0, bpf.LoadExtension{Num: bpf.ExtVLANTag}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: vlanMask})
	return append([]bpf.Instruction{
		bpf.LoadExtension{Num: bpf.ExtVLANTagPresent},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: uint8(len(noVLAN))},
	}, noVLAN...)
}

// extensions are the headers that may stand between IPv6's and UDP's (RFC 8200
// section 4). What is behind them is not looked at: if it is no datagram for a
// port, nobody will ask for the frame. A client must not be able to hide.
func extensions() []uint32 {
	return []uint32{unix.IPPROTO_HOPOPTS, unix.IPPROTO_ROUTING, unix.IPPROTO_FRAGMENT, unix.IPPROTO_DSTOPTS}
}

// toOneOf ends the program.
func toOneOf(ports []uint16) []bpf.Instruction {
	extended, direct := behindExtension(), toPort(ports)
	program := []bpf.Instruction{bpf.LoadAbsolute{Off: nextHeaderAt, Size: 1}}
	for i, header := range extensions() {
		program = append(program, bpf.JumpIf{Cond: bpf.JumpEqual, Val: header, SkipTrue: uint8(len(extensions()) - i + 1)})
	}
	program = append(program, bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.IPPROTO_UDP, SkipTrue: uint8(len(extended) + 1)}, drop())
	return slices.Concat(program, extended, direct)
}

// behindExtension ends the program for a packet with an extension header. Each
// machine reports its groups in such packets, with ICMPv6 (RFC 9777).
func behindExtension() []bpf.Instruction {
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: ipv6Length, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.IPPROTO_ICMPV6, SkipTrue: 1}, drop(), take(),
	}
}

// toPort ends the program for a UDP datagram.
func toPort(ports []uint16) []bpf.Instruction {
	program := []bpf.Instruction{bpf.LoadAbsolute{Off: udpPortAt, Size: 2}}
	for i, port := range ports {
		program = append(program, bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(port), SkipTrue: uint8(len(ports) - i)})
	}
	return append(program, drop(), take())
}

// take ends the program for a frame that is to be copied.
func take() bpf.Instruction { return bpf.RetConstant{Val: snapLength} }

// drop ends the program for a frame that is not to be copied.
func drop() bpf.Instruction { return bpf.RetConstant{Val: 0} }
