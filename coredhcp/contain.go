package coredhcp

import (
	"fmt"
	"runtime"
)

// fatal is the error of a plugin that asked for the end of the program.
type fatal struct{}

func (fatal) Error() string {
	return "the plugin asked for the end of the program, as log.Fatal does; the line above says why"
}

// contain calls f in a goroutine and waits for it. A panic or an end of that
// goroutine is its error.
func contain(f func()) (err error) {
	done := make(chan error, 1)
	go begin(f, done)
	return <-done
}

// begin calls f and tells its error, also that of an f that ends the goroutine.
func begin(f func(), done chan<- error) {
	var err error = fatal{}
	defer func() { done <- err }()
	err = guarded(f)
}

// guarded calls f. A panic is its error.
func guarded(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	f()
	return nil
}

// exit takes the place of the end of the program: it ends the goroutine that
// asked for it, whichever that is.
func exit(int) { runtime.Goexit() }
