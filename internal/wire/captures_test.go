package wire

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// describe tells everything that was decoded, one fact a line.
func describe(w *bytes.Buffer, m *Message) {
	for i := range m.Relays {
		r := &m.Relays[i]
		fmt.Fprintf(w, "  relay %d link %s peer %s\n", r.HopCount, r.LinkAddr, r.PeerAddr)
	}
	fmt.Fprintf(w, "  %s xid %x client %x\n", m.Type, m.XID, m.ClientID)
	if m.ServerID != nil {
		fmt.Fprintf(w, "  server %x\n", m.ServerID)
	}
	for _, ia := range m.IAs {
		fmt.Fprintf(w, "  %s t1 %d t2 %d\n", ia.IA, ia.T1, ia.T2)
		for _, h := range ia.Hints {
			fmt.Fprintf(w, "    %s %d %d\n", h.Prefix, h.Preferred, h.Valid)
		}
	}
	fmt.Fprintf(w, "  elapsed %d %t, rapid commit %t, requested %v\n", m.Elapsed, m.HasElapsed, m.RapidCommit, m.RequestedCodes())
	describeClasses(w, m)
	for _, s := range m.Skipped {
		fmt.Fprintf(w, "  skipped %d times %d\n", s.Code, s.Count)
	}
}

func describeClasses(w *bytes.Buffer, m *Message) {
	for i := range m.NumUserClass() {
		fmt.Fprintf(w, "  user class %q\n", m.UserClassAt(i))
	}
	if e, ok := m.VendorEnterprise(); ok {
		fmt.Fprintf(w, "  vendor %d\n", e)
	}
	for i := range m.NumVendorClass() {
		fmt.Fprintf(w, "  vendor class %q\n", m.VendorClassAt(i))
	}
	for i := range m.NumArch() {
		fmt.Fprintf(w, "  arch %d\n", m.ArchAt(i))
	}
	if flags, name, ok := m.FQDN(); ok {
		fmt.Fprintf(w, "  fqdn %#x %q\n", flags, name)
	}
}

func TestCapturesDecodeAsRecorded(t *testing.T) {
	files := datagrams(t)
	var got bytes.Buffer
	var m Message
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&got, "%s\n", name)
		for _, d := range files[name] {
			reason := m.Decode(d)
			fmt.Fprintf(&got, "- %d octets: %s\n", len(d), reason)
			if reason == OK {
				describe(&got, &m)
			}
		}
	}
	const golden = "testdata/captures.golden"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("captures (-want +got):\n%s", diff)
	}
}
