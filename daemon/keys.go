package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/credentials"
)

// openKeys reads the certificates and the API tokens, as the user who reads them
// again when they change.
func (s *service) openKeys(file *config.File) error {
	s.ends = credentials.NewEnds()
	for _, e := range s.apis {
		if _, ok := e.HTTPS(); !ok {
			continue
		}
		keys, err := credentials.Open(filesOf(file, e.TLS))
		if err != nil {
			return e.Node.Wrap(err)
		}
		e.keys = keys
	}
	return nil
}

// filesOf gives the files of an endpoint.
func filesOf(file *config.File, t config.TLS) credentials.Files {
	f := credentials.Files{Cert: file.Beside(t.Cert), Key: file.Beside(t.Key), Tokens: file.Beside(t.Tokens)}
	if t.ClientCA != "" {
		f.ClientCA = file.Beside(t.ClientCA)
	}
	return f
}

// keyCollectors gives what there is to count of endpoints with TLS.
func (s *service) keyCollectors() []prometheus.Collector {
	out := []prometheus.Collector{s.ends}
	for _, e := range s.apis {
		if e.keys == nil {
			continue
		}
		out = append(out, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "stage6_api_certificate_expiry_timestamp_seconds", Help: "When the certificate of an endpoint expires, in seconds since 1970.",
			ConstLabels: prometheus.Labels{"endpoint": e.URL},
		}, func() float64 { return float64(e.keys.Expires().Unix()) }))
	}
	return out
}

// keyProblems says what does not work at endpoints with TLS.
func (s *service) keyProblems() (out []string) {
	for _, e := range s.apis {
		if e.keys == nil {
			continue
		}
		if p := e.keys.Problem(time.Now()); p != "" {
			out = append(out, fmt.Sprintf("api %s: %s", e.URL, p))
		}
	}
	return out
}

// checkKeys reads what a server would read, as far as whoever checks may.
func checkKeys(file *config.File) (warnings []string, err error) {
	var errs []error
	for _, e := range file.API {
		if _, ok := e.HTTPS(); !ok {
			continue
		}
		switch _, err := credentials.Open(filesOf(file, e.TLS)); {
		case errors.Is(err, fs.ErrPermission):
			warnings = append(warnings, fmt.Sprintf("api %s was not checked: %v", e.URL, err))
		case err != nil:
			errs = append(errs, e.Node.Wrap(err))
		}
	}
	return warnings, errors.Join(errs...)
}
