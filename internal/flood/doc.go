// Package flood keeps who sends too much from harming others, in memory that does
// not grow with how much comes or under how many names: token buckets that
// keys share by chance, who is served first when not all can be, and which messages
// are being answered already.
package flood
