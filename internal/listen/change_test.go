package listen

import (
	"context"
	"testing"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
)

// TestAChangeEndsWithTheSet lets a change and the end of the server meet: whichever is
// first, who makes the change is not left waiting.
func TestAChangeEndsWithTheSet(t *testing.T) {
	log, _ := logtest.NewNullLogger()
	for range 200 {
		s := New(nil, Options{Log: logrus.NewEntry(log)})
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		<-s.Ready()
		taken := make(chan error)
		go func() {
			c, err := s.Prepare(ctx, nil)
			if err == nil {
				err = c.Take(ctx)
			}
			taken <- err
		}()
		end()
		if err := <-taken; err != nil && err != errNotRunning {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
