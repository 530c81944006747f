package flood

// Limits bound what strangers and those who send too much get. The zero value
// bounds nothing.
type Limits struct {
	Client    Rate // messages of one client
	Neighbors Rate // strangers that are answered on a link without a relay agent between, each for the first time in a while
	Waiting   int  // messages of a socket that wait for their turn; 0: they are served as they come
}
