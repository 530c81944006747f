package server_test

import (
	"path/filepath"
	"testing"

	"github.com/stage6/stage6/pipeline/pipelinetest"
)

// golden runs the golden exchanges of a folder of testdata.
func golden(t *testing.T, folder string) {
	t.Helper()
	pipelinetest.Run(t, filepath.Join("testdata", folder, "*.txtar"), plugins())
}

// Section 16 of RFC 9915: what a message must carry, and where it may be sent.

func TestValidate(t *testing.T) { golden(t, "validate") }
func TestUnicast(t *testing.T)  { golden(t, "unicast") }

// Section 18.3, by the message of the client.

func TestConfirm(t *testing.T)            { golden(t, "confirm") }
func TestInformationRequest(t *testing.T) { golden(t, "information-request") }

// What replies to all messages have in common.

func TestOptions(t *testing.T)       { golden(t, "options") }
func TestRelay(t *testing.T)         { golden(t, "relay") }
func TestRelaySupplied(t *testing.T) { golden(t, "relay-supplied") }
func TestFQDN(t *testing.T)          { golden(t, "fqdn") }

func TestSolicit(t *testing.T)     { golden(t, "solicit") }
func TestRapidCommit(t *testing.T) { golden(t, "rapid-commit") }
func TestRequest(t *testing.T)     { golden(t, "request") }
func TestRenew(t *testing.T)       { golden(t, "renew") }
func TestRebind(t *testing.T)      { golden(t, "rebind") }
func TestRelease(t *testing.T)     { golden(t, "release") }
func TestDecline(t *testing.T)     { golden(t, "decline") }
func TestLifetimes(t *testing.T)   { golden(t, "lifetimes") }
func TestTimes(t *testing.T)       { golden(t, "times") }
func TestStatus(t *testing.T)      { golden(t, "status") }
func TestExclude(t *testing.T)     { golden(t, "exclude") }

// Who the client is, and who is believed.

func TestIdentify(t *testing.T) { golden(t, "identify") }
func TestTrust(t *testing.T)    { golden(t, "trust") }
func TestFacts(t *testing.T)    { golden(t, "facts") }

func TestPrefixHint(t *testing.T) { golden(t, "prefix-hint") }
