package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// How much room a socket has for datagrams if its program does not say.
const (
	defaultRoom = "/proc/sys/net/core/rmem_default"
	wideRoom    = 4 << 20 // octets
)

// widen gives the sockets of all programs room, until restore is called. perfdhcp
// reads when it has nothing to send, and asks for no room: answers that are lost there
// would count as the server's loss. Servers that ask for none have it, too.
func widen() (restore func() error, err error) {
	text, err := os.ReadFile(defaultRoom)
	if err != nil {
		return nil, err
	}
	was := strings.TrimSpace(string(text))
	set := func(to string) error {
		if err := os.WriteFile(defaultRoom, []byte(to), 0); err != nil {
			return fmt.Errorf("room for the generator's answers: %w", err)
		}
		return nil
	}
	if n, err := strconv.Atoi(was); err != nil || n >= wideRoom {
		return func() error { return nil }, err
	}
	return func() error { return set(was) }, set(strconv.Itoa(wideRoom))
}
