package api

import (
	"net/http"
	"net/http/pprof"
)

// profileRoutes gives what go tool pprof asks for, on the unix socket only: a
// profile costs time, and a dump of the heap has everything that is in memory.
func profileRoutes() []route {
	debug := []param{{"debug", "above 0: as text", 0}}
	seconds := []param{{"seconds", "for how long to record", 0}}
	profile := func(path, summary string, params []param, serve http.HandlerFunc) route {
		return route{
			method: "GET", path: "/debug/pprof/" + path, access: local, summary: summary, params: params,
			media: "application/octet-stream", fails: []int{http.StatusNotFound}, handler: serve,
		}
	}
	return []route{
		profile("profile", "Record where the processor's time goes", seconds, pprof.Profile),
		profile("trace", "Record a trace of the program", seconds, pprof.Trace),
		profile("cmdline", "Give the command line of the server", nil, pprof.Cmdline),
		profile("{profile}", "Give a profile: goroutine, heap, allocs, block, mutex or threadcreate",
			append(append(debug, seconds...), param{"gc", "1: collect garbage before", 0}), serveProfile),
	}
}

// serveProfile gives the profile of a name.
func serveProfile(w http.ResponseWriter, r *http.Request) {
	pprof.Handler(r.PathValue("profile")).ServeHTTP(w, r)
}
