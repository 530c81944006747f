package simulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Reporter tells a server of ours that machines are installed, as the last line
// of an installer does: with the one-time token that stands in the URL which the
// loader was told to boot. It is safe for concurrent use.
type Reporter struct {
	URL  string       // of the server's API, such as http://[2001:db8:10::2]:8067
	HTTP *http.Client // nil for the usual one
}

// Installed tells that the machine is installed, and with what DUID its system
// will come up; with nil that is not told.
func (r Reporter) Installed(ctx context.Context, m *Machine, system *Profile) error {
	token := m.Token()
	if token == "" {
		return fmt.Errorf("say that %s is installed: the URL that it was told to boot, %q, has no token", m.MAC, m.bootFile)
	}
	form := url.Values{"token": {token}}
	if system != nil {
		form.Set("duid", m.DUID(system).String())
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL+"/v1/installed", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r.send(req)
}

// send wants the server to be content with a request.
func (r Reporter) send(req *http.Request) error {
	client := r.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if resp.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("%s %s: %s: %s", req.Method, req.URL, resp.Status, text), err)
	}
	return err
}

// Token is that in the URL which the machine was last told to boot, as its
// parameter token, or nothing.
func (m *Machine) Token() string {
	u, err := url.Parse(m.bootFile)
	if err != nil {
		return ""
	}
	return u.Query().Get("token")
}
