package daemon

import "github.com/stage6/stage6/api"

// Readiness says whether the server answers and can keep leases, and if not,
// why.
func (s *service) Readiness() api.Readiness {
	reasons := s.sockets.Problems()
	if !s.ready.Load() {
		reasons = append([]string{"the server is not ready yet"}, reasons...)
	}
	if failing := s.failing.Load(); failing != nil {
		reasons = append(reasons, *failing)
	}
	ready := s.ready.Load() && s.failing.Load() == nil
	return api.Readiness{Ready: ready, Reasons: reasons}
}
