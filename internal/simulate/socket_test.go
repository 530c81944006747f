package simulate

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestAFullTableOfNeighboursIsExplained(t *testing.T) {
	sendto := func(n syscall.Errno) error { return &net.OpError{Op: "write", Err: os.NewSyscallError("sendto", n)} }
	if err := explainSend(sendto(syscall.EINVAL)); !strings.Contains(err.Error(), "raise net.ipv6.neigh.default.gc_thresh3") {
		t.Errorf("EINVAL: got %v", err)
	}
	if err := explainSend(sendto(syscall.ENETUNREACH)); err.Error() != "write: sendto: network is unreachable" {
		t.Errorf("ENETUNREACH: got %v", err)
	}
	if err := explainSend(nil); err != nil {
		t.Errorf("no error: got %v", err)
	}
}
