// Package web is the page of the API for people who would rather look: its files,
// which are part of the program, and the proxy by which a browser comes to a
// server that answers on a unix socket.
//
// The page asks the same operations as other programs do, by paths relative to
// its own. Its scripts make text of what the server says, never HTML, and the
// policy that goes with it keeps browsers from running anything else.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"mime"
	"net/http"
	"path"
	"time"
)

//go:embed page
var files embed.FS

// policy is the Content-Security-Policy of the page: its own files alone, and no
// HTML out of texts.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// Page serves one file of the page, by its name; the empty name is the page
// itself. There is nothing in the files that is anybody's secret.
func Page(w http.ResponseWriter, r *http.Request, name string) {
	if name == "" {
		name = "index.html"
	}
	content, err := files.ReadFile("page/" + name)
	if err != nil {
		http.Error(w, fmt.Sprintf("the page has no file %q", name), http.StatusNotFound)
		return
	}
	h := w.Header()
	protect(h)
	h.Set("Content-Type", mediaType(name))
	h.Set("Cache-Control", "no-cache") // another version of the server has other files
	h.Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(content)))
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

// protect sets the headers that keep other pages, and what other people wrote,
// out of this one.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer") // the path of a proxy is secret
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}

// mediaType gives the type of a file by its name, whatever the machine's tables
// of types say.
func mediaType(name string) string {
	known := map[string]string{".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
	return mime.FormatMediaType(known[path.Ext(name)], map[string]string{"charset": "utf-8"})
}
