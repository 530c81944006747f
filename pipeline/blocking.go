package pipeline

import "time"

// Blocking is a Handler that may block, such as one that asks another server.
// Blocking is called once, and bounds the calls of Handle.
//
// Handle is called in a goroutine that nobody else waits for: the server puts the
// message aside and begins anew with it there, so that earlier plugins see it
// twice. The retransmissions of a message that is put aside are dropped. The
// context ends at the deadline. What a call gives later is thrown away with
// everything that it did to its exchange, which it may go on using.
//
// While as many calls as there may be have not returned, or too many messages are
// put aside, there is no call. Once there were too many the plugin is left alone
// for a second, and then for as long as one call, by which it is tried, is late.
type Blocking interface {
	Blocking() Limits
}

// Limits bound the calls of a handler that may block. The zero value is of use.
type Limits struct {
	// Deadline is how long a call may take; zero is 250 ms, and more than 10 s are
	// 10 s. Clients ask again after a second (RFC 9915 section 7.6).
	Deadline time.Duration
	// Calls is how many calls there may be at a time, those included that are late;
	// zero is 16, and more than 1024 are 1024.
	Calls int
	// Optional has an exchange go on without the handler when that is late or cannot
	// be called. Otherwise the exchange is dropped: plugin-slow, plugin-busy.
	Optional bool
}
