package netlab_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

// twoMachines are joined by links "a" and "b".
func twoMachines(t *testing.T) (left, right *netlab.Namespace) {
	left, right = labtest.Namespace(t, "left"), labtest.Namespace(t, "right")
	check(t, netlab.Cable(netlab.Port{Namespace: left, Link: "a"}, netlab.Port{Namespace: right, Link: "b"}))
	return left, right
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDatagramsCrossACableAndAreCaptured(t *testing.T) {
	left, right := twoMachines(t)
	ctx := labtest.Context(t)
	check(t, left.AddAddress("a", netip.MustParsePrefix("2001:db8::1/64")))
	check(t, right.AddAddress("b", netip.MustParsePrefix("2001:db8::2/64")))
	capture, err := right.Capture("b", netlab.Incoming)
	check(t, err)
	defer capture.Close()

	check(t, left.Do(func() error {
		conn, err := net.Dial("udp", "[2001:db8::2]:547")
		if err != nil {
			return err
		}
		defer conn.Close()
		_, err = conn.Write([]byte("hello"))
		return err
	}))

	packet, _, err := capture.Wait(ctx, 0, func(p netlab.Packet) bool { return p.Destination.Port() == 547 })
	check(t, err)
	mac, err := left.MAC("a")
	check(t, err)
	got := []string{string(packet.Payload), packet.Source.Addr().String(), packet.Destination.String(), packet.MAC.String()}
	want := []string{"hello", "2001:db8::1", "[2001:db8::2]:547", mac.String()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("packet (-want +got):\n%s", diff)
	}
}

func TestCapturesSurviveAFile(t *testing.T) {
	var file bytes.Buffer
	wrote := []netlab.Packet{netlab.NewPacket(time.Unix(1700000000, 5000).UTC(), "one"), netlab.NewPacket(time.Unix(1700000001, 0).UTC(), "two")}
	check(t, netlab.WritePcap(&file, wrote))
	read, err := netlab.ReadPcap(&file)
	check(t, err)
	if diff := cmp.Diff(wrote, read, netlab.ComparePackets); diff != "" {
		t.Errorf("packets (-wrote +read):\n%s", diff)
	}
}

func TestReadPcapRefuses(t *testing.T) {
	tests := map[string]struct{ file, err string }{
		"an empty file":          {"", "EOF"},
		"another format":         {strings.Repeat("x", 24), "magic number"},
		"another kind of link":   {"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + strings.Repeat("\x00", 12) + "\x72\x00\x00\x00", "link type 114"},
		"a record that is short": {"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + strings.Repeat("\x00", 12) + "\x01\x00\x00\x00" + strings.Repeat("\x01\x00\x00\x00", 4), "unexpected EOF"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := netlab.ReadPcap(strings.NewReader(test.file))
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want one with %q", err, test.err)
			}
		})
	}
}

func TestLinkLocalAddressesAreUsableAtOnce(t *testing.T) {
	left, _ := twoMachines(t)
	addr, err := left.LinkLocal(labtest.Context(t), "a")
	check(t, err)
	if !addr.IsLinkLocalUnicast() {
		t.Errorf("%v is not link-local", addr)
	}
}

func TestProgramsSeeTheirNamespaceOnly(t *testing.T) {
	left, _ := twoMachines(t)
	ctx := labtest.Context(t)
	for name, test := range map[string]struct{ command, want, without string }{
		"links":     {"ls /sys/class/net", "a\n", "eth0"},
		"processes": {"echo $(ls -d /proc/[0-9]*)", "/proc/1 ", fmt.Sprintf("/proc/%d ", os.Getpid())},
	} {
		out, err := left.Run(ctx, "sh", "-c", test.command)
		check(t, err)
		if !strings.Contains(out, test.want) || strings.Contains(out, test.without) {
			t.Errorf("%s: %q, want %q and not %q", name, out, test.want, test.without)
		}
	}
}

func TestWritingThroughAnOverlayLeavesTheDirectoryAlone(t *testing.T) {
	ns := labtest.Namespace(t, "writer")
	directory := t.TempDir()
	check(t, os.WriteFile(filepath.Join(directory, "file"), []byte("before"), 0o644))
	check(t, ns.Overlay(directory, t.TempDir()))
	out, err := ns.Run(labtest.Context(t), "sh", "-c", "cd "+directory+" && echo after >file && cat file")
	check(t, err)
	content, err := os.ReadFile(filepath.Join(directory, "file"))
	check(t, err)
	if out != "after\n" || string(content) != "before" {
		t.Errorf("inside %q, outside %q", out, content)
	}
}

func TestClosingANamespaceKillsWhatRunsInIt(t *testing.T) {
	ns := labtest.Namespace(t, "doomed")
	// The second one leaves the process group and its parent, as daemons do.
	process, err := ns.Spawn(nil, "sh", "-c", "setsid sleep 1000 & echo started; exec sleep 1000")
	check(t, err)
	ctx := labtest.Context(t)
	check(t, process.WaitOutput(ctx, 0, "started"))
	check(t, ns.Close())
	if err := process.Wait(ctx); err == nil {
		t.Error("the program ended well, want killed")
	}
}

func TestStopIsHeardAndKillIsNot(t *testing.T) {
	ns := labtest.Namespace(t, "stubborn")
	ctx := labtest.Context(t)
	process, err := ns.Spawn(nil, "sh", "-c", "trap 'echo heard; exit 0' TERM; echo ready; while :; do sleep 0.1; done")
	check(t, err)
	check(t, process.WaitOutput(ctx, 0, "ready"))
	check(t, process.Stop(ctx))
	if !strings.Contains(process.Output.String(), "heard") {
		t.Errorf("output %q, want the trap's", process.Output)
	}
}

func TestWaitingForOutputEndsWithTheProgram(t *testing.T) {
	ns := labtest.Namespace(t, "short")
	process, err := ns.Spawn(nil, "true")
	check(t, err)
	err = process.WaitOutput(labtest.Context(t), 0, "never")
	if err == nil || !strings.Contains(err.Error(), "ended") {
		t.Errorf("error %v, want that the program ended", err)
	}
}

func TestWaitingIsBounded(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	var output netlab.Output
	if err := output.Wait(ctx, 0, "never"); !errors.Is(err, cause) {
		t.Errorf("output: error %v, want %v", err, cause)
	}
	never := func([]byte) bool { return false }
	if err := netlab.WaitFile(ctx, filepath.Join(t.TempDir(), "never"), never); !errors.Is(err, cause) {
		t.Errorf("file: error %v, want %v", err, cause)
	}
}

func TestHTTPIsOfItsNamespace(t *testing.T) {
	left, right := twoMachines(t)
	check(t, right.AddAddress("b", netip.MustParsePrefix("2001:db8::2/64")))
	check(t, left.AddAddress("a", netip.MustParsePrefix("2001:db8::1/64")))
	var l net.Listener
	check(t, right.Do(func() (err error) {
		l, err = net.Listen("tcp6", "[2001:db8::2]:80")
		return err
	}))
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RemoteAddr) })}
	go func() { _ = web.Serve(l) }()
	t.Cleanup(func() { _ = web.Close() })
	resp, err := left.HTTP().Get("http://[2001:db8::2]/")
	check(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	check(t, err)
	if from, err := netip.ParseAddrPort(string(text)); err != nil || from.Addr() != netip.MustParseAddr("2001:db8::1") {
		t.Errorf("the server was asked by %q, want 2001:db8::1", text)
	}
	if _, err := left.HTTP().Get("http://localhost/"); err == nil {
		t.Error("a name was looked up")
	}
}
