package event

// What can be wrong with the router advertisements of a link: the Reason of a
// RAProblem and a RAOK.
const (
	NoRouter         = "no-router"            // none comes
	RouterSilent     = "router-silent"        // a router has been silent for longer than its advertisements are valid
	NoDefaultRouter  = "no-default-router"    // those that there are have a lifetime of 0
	ManagedMissing   = "managed-flag-missing" // addresses are leased, but no router sets the M flag
	OtherMissing     = "other-flag-missing"   // options are served, but no router sets the O flag
	ManagedInVain    = "managed-flag-in-vain" // a router sets the M flag, but no addresses are leased
	PrefixNotOnLink  = "prefix-not-on-link"   // addresses are leased of a prefix that no router says to be on-link
	PrefixAutonomous = "prefix-autonomous"    // a router sets the A flag of such a prefix
	PrefixEnded      = "prefix-lifetime-zero" // such a prefix is advertised with a valid lifetime of 0
	RoutersDisagree  = "routers-disagree"     // two routers do not say the same
)

// LinkProblems gives the names of what can be wrong with the router advertisements
// of a link.
func LinkProblems() []string {
	return []string{
		NoRouter, RouterSilent, NoDefaultRouter, ManagedMissing, OtherMissing, ManagedInVain, PrefixNotOnLink,
		PrefixAutonomous, PrefixEnded, RoutersDisagree,
	}
}
