package listen

import (
	"net/netip"
	"os/exec"
	"syscall"
	"testing"
)

// TestAProgramThatIsStartedKeepsNoProbe starts programs while addresses are
// probed. A program has the files of who starts it until it runs.
func TestAProgramThatIsStartedKeepsNoProbe(t *testing.T) {
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			default:
				_ = exec.Command("/bin/true").Run()
			}
		}
	}()
	defer func() { close(stop); <-ended }()
	e := endpoint{addr: netip.IPv6Loopback(), port: 20547}
	for i := range 2000 {
		if err := probe(e); err != nil {
			t.Fatalf("probe %d: %v", i, err)
		}
		if err := openAndClose(e); err != nil {
			t.Fatalf("after probe %d: %v", i, err)
		}
	}
}

// openAndClose opens a socket that no program gets to have.
func openAndClose(e endpoint) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	c, err := openSocket(e)
	if err != nil {
		return err
	}
	return c.Close()
}
