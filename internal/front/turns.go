package front

import (
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/flood"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/internal/server"
)

const (
	// patience is how many batches in a row must be full before messages wait for
	// their turn: the crowd of a rack that powers on is served as it comes.
	patience = 16
	// sortedBatches is how many batches are read for one that is served: what is
	// sorted and not served costs a tenth.
	sortedBatches = 8
	// maxQueues is how many sockets' messages wait for their turn at a time: a queue
	// takes about 300 octets for each message.
	maxQueues = 8
	// perturb is how long who shares the turn of somebody else by chance does so.
	perturb = time.Second
)

// turns is a socket whose messages are served in turns when more comes than can be
// served: then it reads faster than anybody could serve, so that not the kernel
// chooses, by chance, whose messages are lost. Until then it passes on what it
// reads. Read and Renew are for one goroutine.
type turns struct {
	Conn
	front  *Front
	sorter *server.Sorter
	full   int // batches in a row that were full

	queue *flood.Queue // nil: nothing waits
	kept  []listen.Packet
	given []int // the places of what Read gave
	in    [batchSize]listen.Packet
	err   error // of the socket, for when nothing waits any more
}

// inTurns gives a socket whose messages are served in turns, if the server has
// that.
func (f *Front) inTurns(conn Conn) Conn {
	sorter := f.server.NewSorter()
	if sorter == nil {
		return conn
	}
	return &turns{Conn: conn, front: f, sorter: sorter}
}

// Read is that of Conn.
func (t *turns) Read(batch []listen.Packet) (int, error) {
	if t.queue == nil {
		return t.pass(batch)
	}
	t.free()
	t.sort()
	for len(t.given) < len(batch) {
		place, ok := t.queue.Take()
		if !ok {
			break
		}
		batch[len(t.given)] = t.kept[place]
		t.given = append(t.given, place)
	}
	if len(t.given) > 0 {
		return len(t.given), nil
	}
	t.end()
	if t.err != nil {
		return 0, t.err
	}
	return t.pass(batch)
}

// Renew is that of Conn.
func (t *turns) Renew() {
	t.Conn.Renew()
	for _, place := range t.given {
		t.kept[place].Data = nil
	}
}

// pass gives what the socket has, and begins to let messages wait when it goes on
// having more than that.
func (t *turns) pass(batch []listen.Packet) (int, error) {
	n, err := t.Conn.Read(batch)
	if n < len(batch) {
		t.full = 0
		return n, err
	}
	if t.full++; t.full < patience {
		return n, err
	}
	t.begin()
	return n, err
}

// begin has messages wait from now on, unless those of too many sockets do.
func (t *turns) begin() {
	places := t.sorter.Waiting()
	if places == 0 {
		return
	}
	if t.front.queues.Add(1) > maxQueues {
		t.front.queues.Add(-1)
		return
	}
	t.queue, t.kept = flood.NewQueue(places), make([]listen.Packet, places)
}

// end has none wait any more.
func (t *turns) end() {
	t.queue, t.kept, t.full = nil, nil, 0
	t.front.queues.Add(-1)
}

// free gives the places of what was served back, with their memory.
func (t *turns) free() {
	for _, place := range t.given {
		t.queue.Free(place)
	}
	t.given = t.given[:0]
}

// sort has what the socket has wait.
func (t *turns) sort() {
	now := t.front.clock()
	for range sortedBatches {
		n, err := t.Conn.ReadNow(t.in[:])
		for i := range n {
			t.put(&t.in[i], now)
		}
		if err != nil {
			t.err = err
		}
		if n < len(t.in) {
			return
		}
	}
}

// put has a message wait, if there is room for it.
func (t *turns) put(p *listen.Packet, now time.Time) {
	a := arrivalOf(p, t.front.frameMAC(p), now)
	s := t.sorter.Sort(p.Data, &a)
	salt := uint64(now.UnixNano()/int64(perturb)) * 0x9e3779b97f4a7c15
	place, refused := t.queue.Put(s.Class, spread(s.Link, salt), spread(s.Source, salt))
	if refused != flood.Taken {
		t.sorter.Refuse(p.Data, refused)
		return
	}
	data := append(t.kept[place].Data[:0], p.Data...)
	t.kept[place] = *p
	t.kept[place].Data = data
}

// spread gives a hash that is another one with another salt.
func spread(hash, salt uint64) uint64 { return (hash ^ salt) * 0xff51afd7ed558ccd >> 32 }

// arrivalOf gives how a packet came in.
func arrivalOf(p *listen.Packet, mac ident.MAC, now time.Time) exchange.Arrival {
	return exchange.Arrival{Peer: p.Peer, Dst: p.Dst, Port: p.Port, Interface: p.Interface, FrameMAC: mac, Time: now}
}
