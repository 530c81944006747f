package frame

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// allProtocols is ETH_P_ALL in network byte order, which the kernel wants here
// on every machine. A socket for one protocol would have its frames too late.
const allProtocols = unix.ETH_P_ALL << 8

// openSocket opens a packet socket with a ring. It sees nothing before all is
// set up, when it is bound.
func openSocket(ports []uint16) (fd int, r *ring, err error) {
	fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, explain(err)
	}
	if r, err = prepare(fd, ports); err != nil {
		return 0, nil, errors.Join(err, unix.Close(fd))
	}
	return fd, r, nil
}

func explain(err error) error {
	switch {
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("%w: start the server as root or give it CAP_NET_RAW (AmbientCapabilities and CapabilityBoundingSet of a systemd unit)", err)
	case errors.Is(err, unix.EAFNOSUPPORT):
		return fmt.Errorf("%w: permit AF_PACKET (RestrictAddressFamilies of a systemd unit)", err)
	}
	return err
}

func prepare(fd int, ports []uint16) (*ring, error) {
	program, err := bpf.Assemble(filter(ports))
	if err != nil {
		return nil, fmt.Errorf("filter: %w", err)
	}
	if err := setUp(fd, program); err != nil {
		return nil, err
	}
	memory, err := unix.Mmap(fd, 0, blockSize*blockCount, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the ring: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: allProtocols}); err != nil {
		return nil, errors.Join(fmt.Errorf("bind: %w", err), unix.Munmap(memory))
	}
	return newRing(memory, unix.Munmap), nil
}

// setUp sets the options of the socket. With SO_TIMESTAMPNS the kernel notes the
// time of what comes in when it comes in, for all its sockets.
func setUp(fd int, program []bpf.RawInstruction) error {
	sizes := unix.TpacketReq{Block_size: blockSize, Block_nr: blockCount, Frame_size: slotSize, Frame_nr: slotCount}
	code := unix.SockFprog{Len: uint16(len(program)), Filter: (*unix.SockFilter)(unsafe.Pointer(&program[0]))}
	for _, o := range []struct {
		name string
		err  error
	}{
		{"SO_TIMESTAMPNS", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, 1)},
		{"PACKET_IGNORE_OUTGOING", unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1)},
		{"PACKET_VERSION", unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V2)},
		{"PACKET_RX_RING", unix.SetsockoptTpacketReq(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &sizes)},
		{"SO_ATTACH_FILTER", unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &code)},
	} {
		if o.err != nil {
			return fmt.Errorf("set %s: %w", o.name, o.err)
		}
	}
	return nil
}
