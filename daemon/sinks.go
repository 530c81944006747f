package daemon

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/logfile"
	"github.com/stage6/stage6/internal/privilege"
	"github.com/stage6/stage6/internal/sink"
	"github.com/stage6/stage6/internal/strict"
)

// standardOutput is how the configuration names that.
const standardOutput = "-"

// makeFiles makes the directories of files for events, and the files, too, where
// they are to be those of whom root becomes. What is there stays as it is.
func makeFiles(file *config.File, user *privilege.User) error {
	for i := range file.Events {
		path := beside(file, file.Events[i].File)
		if path == "" || path == standardOutput {
			continue
		}
		if err := errors.Join(giveDirectory(filepath.Dir(path), user), giveFile(path, user)); err != nil {
			return file.Events[i].Node.Get("file").Wrap(err)
		}
	}
	return nil
}

// giveDirectory makes a directory that is the user's, unless there is one.
func giveDirectory(path string, user *privilege.User) error {
	switch err := os.Mkdir(path, 0o750); {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil || user == nil:
		return err
	}
	return os.Lchown(path, user.UID, user.GID)
}

// giveFile makes a file that is the user's, unless there is one.
func giveFile(path string, user *privilege.User) error {
	if user == nil {
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o640)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	return errors.Join(f.Chown(user.UID, user.GID), f.Close())
}

// beside gives the path of a file that a configuration names: beside it, unless it
// is absolute.
func beside(file *config.File, path string) string {
	if path == "" || path == standardOutput || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file.Path), path)
}

// openSinks opens where events go beside the API.
func (s *service) openSinks(file *config.File) error {
	s.sinks = sink.NewSet(s.events)
	change, err := s.prepareSinks(file)
	if err != nil {
		return err
	}
	return change.Take()
}

// prepareSinks opens where events go beside the API and did not go before, with the
// rights that are left.
func (s *service) prepareSinks(file *config.File) (*sink.Change, error) {
	if err := makeFiles(file, nil); err != nil {
		return nil, err
	}
	plans := make([]sink.Plan, len(file.Events))
	var errs []error
	for i := range file.Events {
		c, p := &file.Events[i], &plans[i]
		p.Options = sink.Options{Name: c.Name, Kinds: c.Kinds, Queue: c.Queue, Batch: c.Batch, Log: s.log.WithField("room", "sink")}
		if c.Webhook == "" {
			s.planLines(file, c, p)
			continue
		}
		errs = append(errs, s.planWebhook(file, c, p))
	}
	if err := strict.Join(errs...); err != nil {
		return nil, err
	}
	return s.sinks.Prepare(plans)
}

func (s *service) planWebhook(file *config.File, c *config.Sink, p *sink.Plan) error {
	w, manner, err := newWebhook(file, c)
	if err != nil {
		return err
	}
	if w.Server, err = os.Hostname(); err != nil {
		return err
	}
	w.Agent = "stage6/" + s.version
	p.Target, p.Manner = c.Webhook, manner
	p.Open = func() (sink.Destination, error) { return sink.NewWebhook(w), nil }
	return nil
}

func (s *service) planLines(file *config.File, c *config.Sink, p *sink.Plan) {
	p.Target, p.Manner = beside(file, c.File), fmt.Sprint(c.Size, c.Keep)
	p.Open = func() (sink.Destination, error) {
		if c.File == standardOutput {
			return sink.NewLines(unclosed{s.stdout}), nil
		}
		f, err := logfile.Open(p.Target, logfile.Options{MaxSize: int64(c.Size), Keep: c.Keep})
		if err != nil {
			return nil, c.Node.Get("file").Wrap(err)
		}
		return sink.NewLines(f), nil
	}
}

// unclosed is a writer that others use, too.
type unclosed struct{ io.Writer }

// Close does nothing.
func (unclosed) Close() error { return nil }

// newWebhook reads what belongs to a webhook. Where its manner is that of another
// one, nothing of both differs.
func newWebhook(file *config.File, c *config.Sink) (w sink.Webhook, manner string, err error) {
	w = sink.Webhook{URL: c.Webhook, Timeout: c.Timeout}
	sum := sha256.New()
	fmt.Fprintln(sum, c.Timeout)
	read := func(key, path string, take func(text string) error) error {
		return readSecret(file, c, key, path, func(text string) error {
			fmt.Fprintf(sum, "%s %q\n", key, text)
			return take(text)
		})
	}
	err = strict.Join(
		read("secret", c.Secret, func(text string) (err error) { w.Key, err = sink.ParseKey(text); return err }),
		read("token", c.Token, func(text string) (err error) { w.Token, err = sink.ParseToken(text); return err }),
		read("ca", c.CA, func(text string) error {
			if w.CAs = x509.NewCertPool(); !w.CAs.AppendCertsFromPEM([]byte(text)) {
				return errors.New("no certificate in it, want some in PEM form")
			}
			return nil
		}),
	)
	return w, string(sum.Sum(nil)), err
}

// maxSecret bounds files with keys and certificates, in octets.
const maxSecret = 1 << 20

// readSecret has a file that a setting names be read, if it names one. Errors do not
// show what is in it.
func readSecret(file *config.File, c *config.Sink, key, path string, read func(text string) error) error {
	if path == "" {
		return nil
	}
	text, err := readFile(beside(file, path))
	if err == nil {
		if err = read(text); err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}
	return c.Node.Get(key).Wrap(err)
}

// readFile reads a file that is none of those without an end.
func readFile(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is no file", path)
	case info.Size() > maxSecret:
		return "", fmt.Errorf("%s has %d octets, want at most %d", path, info.Size(), maxSecret)
	}
	text, err := os.ReadFile(path)
	return string(text), err
}

// secrets gives the files that the sinks of a configuration name, to be read.
func secrets(file *config.File) (out []string) {
	for i := range file.Events {
		c := &file.Events[i]
		for _, path := range []string{c.Secret, c.Token, c.CA} {
			if path != "" {
				out = append(out, file.Beside(path))
			}
		}
	}
	return out
}

// checkSinks says what is wrong with what the sinks of a configuration name.
func checkSinks(file *config.File) error {
	var errs []error
	for i := range file.Events {
		if _, _, err := newWebhook(file, &file.Events[i]); err != nil {
			errs = append(errs, err)
		}
	}
	return strict.Join(errs...)
}
