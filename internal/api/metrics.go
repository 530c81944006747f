package api

import "net/http"

// metricRoutes gives what Prometheus asks for.
func metricRoutes(metrics http.Handler) []route {
	return []route{{
		method: "GET", path: "/metrics", access: reader,
		summary: "Give the metrics, in the text format of Prometheus",
		media:   "text/plain",
		handler: metrics,
	}}
}
