// Package netlab builds small networks out of throw-away Linux namespaces, runs
// programs in them and watches the wire.
//
// A [Namespace] is a network, mount and PID namespace held alive by one process
// that reads from a pipe of ours. When the pipe closes, by [Namespace.Close] or
// because this process died in whatever way, that process ends, the kernel kills
// everything in the PID namespace, and links, mounts and processes are gone.
// Nothing has a name on the machine, so nothing can be left over or clash.
//
// Root is needed, or a user namespace in which the caller is root: see [Enter].
//
// Nothing here sleeps: whoever waits, waits for an event, bounded by a context.
package netlab
