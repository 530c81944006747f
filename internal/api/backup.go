package api

import (
	"context"
	"io"
	"net/http"

	"github.com/stage6/stage6/api"
)

// Backups copies what the server keeps.
type Backups interface {
	// Backup writes a copy of the leases and of all that is kept beside them, while
	// the server goes on. Leases that cannot be copied are a *ConflictError, before
	// anything is written.
	Backup(ctx context.Context, to io.Writer) error
}

// backupRoutes gives the copy of everything, on the unix socket only: the key of
// boot tokens is in it.
func backupRoutes(b Backups) []route {
	place := make(chan struct{}, 1)
	return []route{{
		method: "GET", path: "/v1/backup", access: local,
		summary: "Copy the leases and all that is kept beside them, as a file for stage6 restore",
		media:   "application/x-ndjson",
		fails:   []int{http.StatusForbidden, http.StatusConflict, http.StatusServiceUnavailable},
		handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			select {
			case place <- struct{}{}:
				defer func() { <-place }()
				sendBackup(rw, r, b)
			default:
				fail(rw, r, &api.BusyError{What: "another backup is being made"})
			}
		}),
	}}
}

// sendBackup sends a copy. When it fails in the middle the connection ends in the
// middle, and the file has no last line.
func sendBackup(rw http.ResponseWriter, r *http.Request, b Backups) {
	out := &begun{to: rw}
	err := b.Backup(r.Context(), out)
	switch {
	case err == nil:
	case out.yes:
		panic(http.ErrAbortHandler)
	default:
		fail(rw, r, err)
	}
}

// fail answers with an error.
func fail(rw http.ResponseWriter, r *http.Request, err error) {
	endpoint(func(*http.Request) (any, error) { return nil, err }).ServeHTTP(rw, r)
}

// begun is an answer, and remembers whether it began.
type begun struct {
	to  http.ResponseWriter
	yes bool
}

func (w *begun) Write(p []byte) (int, error) {
	if !w.yes {
		w.yes = true
		w.to.Header().Set("Content-Type", "application/x-ndjson")
	}
	return w.to.Write(p)
}
