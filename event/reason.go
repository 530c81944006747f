package event

// Why a client is denied what it asks for, where no plugin refuses it: the
// Reason of events that the server itself tells.
const (
	PoolEmpty   = "pool-empty"   // the pool of a plugin, which is the Source, has nothing left
	Withheld    = "withheld"     // what a plugin, which is the Source, has left is not for clients such as this one
	SenderLimit = "sender-limit" // who sends it has as much of a plugin, which is the Source, as one sender may have
	NoLink      = "no-link"      // the server knows no link where the client is
	NotOffered  = "not-offered"  // no plugin has anything for it
	Borrowed    = "borrowed"     // it uses the DUID and IAID of another machine, which is Other
)

// KernelQueue is the Reason of a Flood of which the kernel has dropped some, before
// the server could read it. The others are those of drops.
const KernelQueue = "kernel-queue"
