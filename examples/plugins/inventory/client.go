package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/stage6/stage6/ident"
)

// maxAnswer is how many octets of an answer are read.
const maxAnswer = 64 << 10

// client asks the inventory.
type client struct {
	http http.Client
	base *url.URL
}

// tags gives the tags of a machine; one that the inventory does not have has none.
func (c *client) tags(ctx context.Context, mac ident.MAC) ([]string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base.JoinPath(mac.String()).String(), nil)
	if err != nil {
		return nil, err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusNotFound:
		return nil, nil
	case http.StatusOK:
	default:
		return nil, fmt.Errorf("%s: the inventory says %s", r.URL, answer.Status)
	}
	var machine struct{ Tags []string }
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&machine); err != nil {
		return nil, fmt.Errorf("%s: %w", r.URL, err)
	}
	return machine.Tags, nil
}
