// Package icmp6 sends and receives the messages by which routers and hosts find
// each other on a link: router solicitations and advertisements (RFC 4861
// section 4).
package icmp6
