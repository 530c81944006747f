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
