package daemon

import (
	"github.com/stage6/stage6/api"
)

// Pools gives the pools and their use.
func (s *service) Pools() api.PoolList {
	return api.PoolList{Pools: []api.Pool{}}
}
