package firmware_test

import (
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/firmware"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// exchangeOf gives the exchange of a Solicit with these options, as dhcptext
// writes them, separated by semicolons.
func exchangeOf(t *testing.T, options string) *pipeline.Exchange {
	t.Helper()
	text := "solicit 0a0b01\n  client-id 00030001525400aabb01\n"
	for line := range strings.SplitSeq(options, ";") {
		if line != "" {
			text += "  " + strings.TrimSpace(line) + "\n"
		}
	}
	data, err := dhcptext.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	x := &pipeline.Exchange{}
	s := x.Core().(*exchange.State)
	s.Reset(exchange.Arrival{})
	if reason := s.Msg.Decode(data); reason != wire.OK {
		t.Fatal(reason)
	}
	return x
}

func TestWhatAClientIs(t *testing.T) {
	const pxe, http = `vendor-class 343 "PXEClient:Arch:00007:UNDI:003000"`, `vendor-class 343 "HTTPClient:Arch:00016:UNDI:003000"`
	for name, tc := range map[string]struct {
		options string
		kind    firmware.Kind
	}{
		"a system":                        {"", firmware.None},
		"the PXE client of UEFI":          {"arch 7;" + pxe, firmware.PXE},
		"the HTTP client of UEFI":         {"arch 16;" + http, firmware.HTTP},
		"iPXE, which says PXEClient":      {`user-class "iPXE";arch 7;` + pxe, firmware.IPXE},
		"iPXE with a user class set":      {`user-class "rack";arch 7;` + pxe, firmware.IPXE},
		"iPXE without a vendor class":     {`user-class "iPXE"`, firmware.IPXE},
		"firmware that names no class":    {"arch 11", firmware.PXE},
		"HTTP firmware without a class":   {"arch 19", firmware.HTTP},
		"a user class beside an arch":     {`arch 11;user-class "anaconda"`, firmware.None},
		"another vendor's class":          {`vendor-class 311 "MSFT 5.0"`, firmware.None},
		"the second client of UEFI":       {"oro 23", firmware.None},
		"a class that only ends in words": {`vendor-class 343 "x PXEClient"`, firmware.None},
	} {
		t.Run(name, func(t *testing.T) {
			if c := firmware.Of(exchangeOf(t, tc.options)); c.Kind != tc.kind {
				t.Errorf("kind %d, want %d", c.Kind, tc.kind)
			}
		})
	}
}

func TestWhichClientsWantTheirClassBack(t *testing.T) {
	for name, tc := range map[string]struct {
		options    string
		enterprise uint32 // 0 is no answer
	}{
		"EDK2":                        {`vendor-class 343 "HTTPClient:Arch:00016"`, 343},
		"another enterprise":          {`vendor-class 674 "HTTPClient:Arch:00016"`, 674},
		"a PXE client":                {`vendor-class 343 "PXEClient:Arch:00007"`, 0},
		"an architecture of HTTP":     {"arch 16", 0},
		"a loader with the same name": {`vendor-class 343 "HTTPClient";user-class "iPXE"`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := firmware.Of(exchangeOf(t, tc.options))
			if c.WantsClass != (tc.enterprise != 0) || c.Enterprise != tc.enterprise {
				t.Errorf("wants it: %t, of enterprise %d, want %d", c.WantsClass, c.Enterprise, tc.enterprise)
			}
		})
	}
}

func TestTellingAllocatesNothing(t *testing.T) {
	x := exchangeOf(t, `vendor-class 674 "HTTPClient:Arch:00016"`)
	if n := testing.AllocsPerRun(100, func() {
		if firmware.Of(x).Kind != firmware.HTTP {
			t.Error("it is not HTTP firmware")
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
