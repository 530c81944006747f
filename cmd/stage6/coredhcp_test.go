package main

import (
	"testing"

	"github.com/stage6/stage6/pipeline/pipelinetest"
)

// TestTheExampleOfCoreDHCPServes plays exchanges with CoreDHCP's example
// configuration and lease file. UPDATE_GOLDEN=1 rewrites what the server says.
func TestTheExampleOfCoreDHCPServes(t *testing.T) {
	pipelinetest.Run(t, "testdata/coredhcp/*.txtar", plugins())
}
