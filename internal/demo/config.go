package main

import _ "embed"

// configuration is the server's, with $DIR for the directory of its files and
// $LDRA for the access switch's address.
//
//go:embed config.yml
var configuration string
