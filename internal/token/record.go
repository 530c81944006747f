package token

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/stage6/stage6/ident"
)

// How tokens of a host come to count no more.
const (
	Used     = "used"     // one said that the host is installed
	Deployed = "deployed" // the host is to be installed anew
)

// Retirement says when and how all tokens that a host had came to count no
// more.
type Retirement struct {
	At   time.Time  `json:"at"`
	How  string     `json:"how"`            // Used or Deployed
	DUID ident.DUID `json:"duid,omitempty"` // that was said with a token that was used
}

// record is what is kept of a host's tokens.
type record struct {
	Counter uint64       `json:"counter"`           // how often tokens were retired
	Retired []Retirement `json:"retired,omitempty"` // the last ones, the newest at the end
}

// remembered is of how many retirements a record tells when they were.
const remembered = 4

// after gives the record after one more retirement.
func (r record) after(next Retirement) record {
	retired := append(append([]Retirement(nil), r.Retired...), next)
	return record{Counter: r.Counter + 1, Retired: retired[max(0, len(retired)-remembered):]}
}

// before gives the retirement that ended the tokens with a counter, or nil if
// those count or it is not remembered.
func (r record) before(counter uint64) *Retirement {
	back := r.Counter - counter
	if back == 0 || back > uint64(len(r.Retired)) {
		return nil
	}
	return &r.Retired[len(r.Retired)-int(back)]
}

func (r record) encode() ([]byte, error) { return json.Marshal(r) }

func decodeRecord(name string, value []byte) (r record, err error) {
	if err := json.Unmarshal(value, &r); err != nil {
		return r, fmt.Errorf("damaged value %q: %w: restore the leases from a backup", name, err)
	}
	return r, nil
}
