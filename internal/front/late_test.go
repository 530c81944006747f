package front

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stage6/stage6/internal/committer"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/internal/server"
)

func TestAReplyThatWaitedTooLongForTheDiskIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, committer.Options{})
		r.conn.in <- []listen.Packet{request(1, 1)}
		<-time.After(history.Patience)
		r.conn.in <- []listen.Packet{request(2, 2)}
		<-time.After(time.Second)
		r.store.results <- nil
		r.store.results <- nil
		r.reply(2)
		r.counted("dropped_"+server.DropReplyTooLate, 1)
		r.silent()
		r.store.results <- nil
		r.conn.in <- []listen.Packet{request(3, 1)} // the client asks again
		r.reply(3)
	})
}
