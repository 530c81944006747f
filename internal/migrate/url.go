package migrate

import "strings"

// LiteralURL gives a URL as the plugin boot sends it as it is: what iPXE expands,
// such as ${net0/mac}, is no variable of the server's.
func LiteralURL(url string) string {
	return strings.ReplaceAll(url, "${", "$${")
}
