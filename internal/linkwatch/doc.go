// Package linkwatch listens to what others say on the links of the server: to
// router advertisements, without which clients do not ask for addresses or cannot
// use them, and to signs of other DHCPv6 servers. It tells what contradicts the
// configuration, once, and that it is mended.
//
// What it keeps is bounded, whoever sends whatever: so many routers of a link,
// prefixes of a router and servers. Nothing here is on the way of a message.
package linkwatch
